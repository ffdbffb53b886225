// Package connectivity says which pairs of cells are connected.
//
// [Make] turns a description ([Params]) into a list of pairs (i, j), i being a presynaptic and j a postsynaptic cell, both
// counted from 0 within the groups (or parts of groups) that are connected. A description is one of
//
//   - nothing: every pair;
//   - index arrays;
//   - a condition on i and j: "i == j", "abs(i-j) < 3 and i != j", "x_pre > x_post";
//   - an expression or a generator that gives the targets of cell i: "i+1", "k for k in range(i-3, i+4) if k != i",
//     "k for k in sample(N_post, p=0.1)", "k for k in sample(i, N_post, size=5)";
//   - a number of sources for each target, drawn without replacement;
//
// each but the last two with a probability that thins it, a constant or an expression in i and j.
//
// Pairs come by presynaptic cell, the targets of one cell ascending (those of index arrays and generators in their own
// order). Conditions do not cost all pairs where their text bounds j: comparisons that are linear in j, or the magnitude of
// something linear in j against a limit, joined by "and" and "or", leave only the candidates between the bounds, on which
// the whole condition is then computed. Probabilities that do not depend on j jump from hit to hit.
//
// Random numbers are a function of the seed, the name of the object, the number of the call, and of the pair: of the
// absolute number of cell i and the ordinal in its row for hits of a probability that does not depend on j and for samples
// (of the target, for a fixed number of sources), else of both cells.
package connectivity
