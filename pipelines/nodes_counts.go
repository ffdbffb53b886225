package pipelines

import (
	"hearpipe/sinks"
	"hearpipe/stages"
)

func init() {
	register(&NodeType{
		Name: "counts", Sink: true,
		Doc:    "Counts the spikes of each cell while the stream passes, without keeping it.",
		Inputs: "from: spikes", Outputs: "a table (.csv) of cells, their spikes and mean rates in Hz, and beside it a .meta.json", Channels: "the cells written",
		Fields:  []Field{{Name: "path", Kind: OutputPath, Required: true, Limits: "*.csv", Doc: "the file"}},
		Example: "- {type: counts, from: cells, path: counts.csv}",
		from:    minMax{1, 1}, extensions: []string{".csv"},
		plan: planCounts,
	})
	register(&NodeType{
		Name: "intervals", Sink: true,
		Doc:    "Counts the inter-spike intervals of all cells in bins while the stream passes, without keeping it. A bin holds intervals from its edge up to, not including, the next; the last one has no end.",
		Inputs: "from: spikes", Outputs: "a table (.csv) of the bins in seconds and their intervals, and beside it a .meta.json", Channels: "the cells counted",
		Fields: []Field{
			{Name: "path", Kind: OutputPath, Required: true, Limits: "*.csv", Doc: "the file"},
			{Name: "edges", Kind: Values, Unit: "s", Required: true, Limits: "ascending, at least 0 s", Doc: `borders of the bins, such as "linspace(0, 100, 101)*ms"`},
		},
		Example: `- {type: intervals, from: cells, edges: "[0, 5, 10, 20]*ms", path: intervals.csv}`,
		from:    minMax{1, 1}, extensions: []string{".csv"},
		plan: planCounts,
	})
}

func planCounts(p *planner, n *node) {
	edges := n.list("edges")
	for k, x := range edges {
		if !(x >= 0) || k > 0 && x <= edges[k-1] {
			n.fail(p, "edges", "edge %d is %s: want ascending times of 0 s or more", k, quantityText(x, "s"))
			return
		}
	}
	n.perChan = 16
	p.sink(n, true, func(in stages.Node, path string, _ []float64) (stages.Sink, error) {
		return sinks.NewCountFile(in.(stages.SpikeStage), sinks.CountFileParams{Path: path, Edges: edges})
	})
}
