// Package trains holds the statistics of spike trains.
//
// A train is a []float64: the times of the spikes of one cell, in seconds, in ascending order (equal times are
// allowed). [ByCell] makes trains of the spikes of a stream. Times may be negative. A train whose times are not
// ascending or not finite is an error of every function here, which names the spike. Trains are never changed.
//
//   - One train: [Intervals], [Rate], [CV], [IntervalHistogram], [Autocorrelogram], [Autocorrelation],
//     [Autocovariance].
//   - A train and a rhythm or a stimulus: [VectorStrength], [SpikeTriggeredAverage].
//   - Two trains: [Correlogram], [CrossCorrelation], [CrossCovariance], [TotalCorrelation], [Coincidences],
//     [GammaFactor].
//   - Distances of two trains: [VanRossum], [VictorPurpura].
//   - Many trains, of trials or of a population: [PSTH], [SmoothRate], [VanRossumMatrix], [GammaFactorOfTrials].
//
// A statistic that an empty train does not have (a rate, a correlation, a phase, an average) is NaN. Counts and
// distances exist for empty trains as for others, and the gamma factor with an empty train is 0.
//
// The definitions are those of Brian 1.4 (Goodman and Brette 2008) unless a function says otherwise. Times that lie on
// the border of a bin belong to the later bin. As times in seconds are rounded, borders have a tolerance of a
// millionth of a bin: a lag of 3 ms that comes out as 2.9999999999 ms is in the bin that begins at 3 ms.
package trains
