package core

import (
	"net/http"
	"strings"
	"testing"
)

func TestRespond(t *testing.T) {
	for _, c := range []struct {
		name, body, want string
		query            map[string]string
	}{
		{name: "query", query: map[string]string{"name": "Ada"}, want: `{"message":"Hello, Ada!"}`},
		{name: "body", body: `{"name": "Ada"}`, want: `{"message":"Hello, Ada!"}`},
		{name: "nothing", want: `{"message":"Hello, world!"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, answer := Respond(c.query, c.body)
			if status != http.StatusOK || string(answer) != c.want {
				t.Errorf("got %d %s, want %s", status, answer, c.want)
			}
		})
	}
}

func TestRespondRefuses(t *testing.T) {
	for _, name := range []string{" ", strings.Repeat("x", LongestName+1)} {
		if status, _ := Respond(map[string]string{"name": name}, ""); status != http.StatusBadRequest {
			t.Errorf("%q: got %d", name, status)
		}
	}
	for _, body := range []string{"{", "[]", `{"name": 1}`, "{}"} {
		if status, _ := Respond(nil, body); status != http.StatusBadRequest {
			t.Errorf("%q: got %d", body, status)
		}
	}
}
