// Package filterbank holds auditory filters: the ERB scale; series of recursive sections, finite impulse responses, low-passes
// and classical designs; gammatones and gammachirps of several kinds; and models of the cochlea whose filters follow the
// sound, such as dual-resonance nonlinear filters and dynamic compressive gammachirps.
//
// Every filter is a stage: its constructor takes a source and a params struct and returns its own type, which embeds a
// [stages.Stream]. A filter with n channels accepts a source with n channels (channel c goes to filter c) or with one
// (which goes to all filters); anything else is an error. It starts with zero state at frame 0, is as long as its
// source, and adds no latency but where its comment says so.
//
// Parameters, coefficients and state are three things: params structs are what a person writes; design functions make
// [Coefficients] of them, which can be read, tested and, while a stream runs, changed by a control; the state is private,
// is kept when coefficients change, and travels in snapshots together with the coefficients.
//
// What a bank does to each frequency is found from its coefficients ([Coefficients.Response], [Coefficients.Gains]) or from its
// answer to a click ([ImpulseResponse], [FrequencyResponse]), and measured by [MeasureTuning]. A [Socket] in front of a bank
// lets its source change.
//
// All params have a field Channels, the range of channels to compute. The other fields always describe the whole bank.
//
// Filters compute in fused arithmetic (see package internal/kernel). State variables below 1e-200 are set to zero at
// frames 0, 1024, 2048, ..., so that silence costs no more than sound.
package filterbank
