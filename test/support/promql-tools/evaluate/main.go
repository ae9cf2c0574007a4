// Evaluates PromQL by Prometheus' own engine over its own storage: JSON in, JSON out.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/tsdb"
)

type series struct {
	Labels map[string]string `json:"labels"`
	// Pairs of seconds and values.
	Samples [][2]float64 `json:"samples"`
}

type query struct {
	Expr string  `json:"expr"`
	At   float64 `json:"at"`
}

type input struct {
	Series  []series `json:"series"`
	Queries []query  `json:"queries"`
}

type sample struct {
	Labels map[string]string `json:"labels"`
	Value  string            `json:"value"`
}

type answer struct {
	Error  string   `json:"error,omitempty"`
	Vector []sample `json:"vector"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var given input
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		return err
	}
	directory, err := os.MkdirTemp("", "edge-promql-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)
	options := tsdb.DefaultOptions()
	options.OutOfOrderTimeWindow = 1000 * 3600 * 1000
	db, err := tsdb.Open(directory, nil, nil, options, nil)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := write(db, given.Series); err != nil {
		return err
	}
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1000000, Timeout: time.Minute, LookbackDelta: 5 * time.Minute})
	answers := make([]answer, 0, len(given.Queries))
	for _, one := range given.Queries {
		answers = append(answers, evaluate(engine, db, one))
	}
	return json.NewEncoder(os.Stdout).Encode(answers)
}

func write(db *tsdb.DB, all []series) error {
	appender := db.Appender(context.Background())
	for _, one := range all {
		set := labels.FromMap(one.Labels)
		for _, pair := range one.Samples {
			if _, err := appender.Append(0, set, int64(pair[0]*1000), pair[1]); err != nil {
				return err
			}
		}
	}
	return appender.Commit()
}

func evaluate(engine *promql.Engine, db *tsdb.DB, one query) answer {
	at := time.UnixMilli(int64(one.At * 1000))
	found, err := engine.NewInstantQuery(context.Background(), db, nil, one.Expr, at)
	if err != nil {
		return answer{Error: err.Error()}
	}
	defer found.Close()
	result := found.Exec(context.Background())
	if result.Err != nil {
		return answer{Error: result.Err.Error()}
	}
	vector, err := result.Vector()
	if err != nil {
		return answer{Error: err.Error()}
	}
	samples := make([]sample, 0, len(vector))
	for _, point := range vector {
		samples = append(samples, sample{Labels: point.Metric.Map(), Value: fmt.Sprint(point.F)})
	}
	return answer{Vector: samples}
}
