// Package core is what the function does. It knows no cloud: the adapters call it.
package core

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Message is one unit of work, whatever brought it.
type Message struct {
	ID     string // the same each time it is delivered: what to key idempotency by
	Source string
	Data   json.RawMessage
}

// Done says what was done.
type Done struct {
	ID     string   `json:"id"`
	Source string   `json:"source"`
	Fields []string `json:"fields"`
}

// Handle does the work of one message; an error has it delivered again.
func Handle(message Message) (Done, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(message.Data, &fields); err != nil || fields == nil {
		return Done{}, fmt.Errorf("data of %s is not an object", message.ID)
	}
	return Done{message.ID, message.Source, slices.Sorted(maps.Keys(fields))}, nil
}
