package core

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestHandle(t *testing.T) {
	message := Message{"1", "here", json.RawMessage(`{"b": 1, "a": 2}`)}
	want := Done{"1", "here", []string{"a", "b"}}
	for range 2 { // it may be delivered again
		if got, err := Handle(message); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, %v; want %v", got, err, want)
		}
	}
}

func TestHandleRefuses(t *testing.T) {
	for _, data := range []string{"null", `"text"`, "[1]", "7", "{", ""} {
		if _, err := Handle(Message{"1", "here", json.RawMessage(data)}); err == nil {
			t.Errorf("%q was taken", data)
		}
	}
}
