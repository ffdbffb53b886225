// Package hrtf holds head-related transfer functions: pairs of impulse responses from a direction to the two ears, sets of
// them for one head, databases of heads, and their files.
//
// An HRTF is a pair of responses. A Set is what was measured on one head: responses of equal length, each with its
// coordinates in a stated System. Systems differ in where azimuth begins and which way it runs, so a set always says which is
// its own, and [Set.In] converts. Responses are found by number, by exact coordinates ([Set.Find]), by the nearest
// direction ([Set.Nearest]) or by a condition ([Set.Select], [Set.Subset]).
//
// A Set never changes; what changes one returns another that may share its memory. Open reads SOFA files, IRCAM LISTEN,
// CIPIC and MIT KEMAR data; WriteSOFA writes.
//
// [HRTF.Apply] and [NewFilter] let a sound be heard from one direction, [NewBank] from all of a set, [NewMoving] from a place that moves along a [Trajectory].
// An [Interpolator] finds responses between the measured ones, best those that [Set.MinimumPhase] made. [HRTF.ITD] and [HRTF.ILD] measure what differs between the
// ears, and [NewHeadless] makes a set of which nothing but time differs.
//
// Responses hold no unit: they map the sound pressure without the head to that at the ear, up to a factor of the
// measurement.
package hrtf
