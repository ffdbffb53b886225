package sinks

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

// Table is a CSV file of numbers under names, such as those of [StatisticFile]: Columns[k][i] is the number in row i of
// the column Names[k].
type Table struct {
	Names   []string
	Columns [][]float64
}

// Column returns a column by its name; ok is false if there is none.
func (t Table) Column(name string) (column []float64, ok bool) {
	for k, n := range t.Names {
		if n == name {
			return t.Columns[k], true
		}
	}
	return nil, false
}

// ReadTable reads a CSV file that has names in its first row and numbers in all others. Anything else is an error that
// says in which line.
func ReadTable(path string) (Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return Table{}, err
	}
	defer f.Close()
	t, err := readTable(csv.NewReader(f))
	if err != nil {
		return Table{}, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

func readTable(r *csv.Reader) (Table, error) {
	r.ReuseRecord = true
	names, err := r.Read()
	if err == io.EOF {
		return Table{}, errors.New("the file is empty: want names and then rows of numbers")
	}
	if err != nil {
		return Table{}, err
	}
	t := Table{Names: append([]string(nil), names...), Columns: make([][]float64, len(names))}
	for {
		row, err := r.Read()
		if err == io.EOF {
			return t, nil
		}
		if err != nil {
			return Table{}, err
		}
		for k, text := range row {
			x, err := strconv.ParseFloat(text, 64)
			if err != nil {
				line, _ := r.FieldPos(k)
				return Table{}, fmt.Errorf("line %d, column %s: %.40q is not a number", line, t.Names[k], text)
			}
			t.Columns[k] = append(t.Columns[k], x)
		}
	}
}
