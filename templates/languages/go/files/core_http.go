// Package core is what the function does. It knows no cloud: the adapters call it.
package core

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"
)

// LongestName is the number of characters that a name may have.
const LongestName = 100

// Greet is the answer to name; an error is the caller's mistake.
func Greet(name string) (map[string]string, error) {
	name = strings.TrimSpace(name)
	if name == "" {
		return nil, errors.New("name is empty")
	}
	if utf8.RuneCountInString(name) > LongestName {
		return nil, fmt.Errorf("name is longer than %d characters", LongestName)
	}
	return map[string]string{"message": "Hello, " + name + "!"}, nil
}

// Respond gives status and JSON answer for a request with these query parameters and this body.
func Respond(query map[string]string, body string) (int, []byte) {
	status := http.StatusOK
	name, err := nameOf(query, body)
	var answer map[string]string
	if err == nil {
		answer, err = Greet(name)
	}
	if err != nil {
		status, answer = http.StatusBadRequest, map[string]string{"error": err.Error()}
	}
	text, _ := json.Marshal(answer) // a map of strings always marshals
	return status, text
}

func nameOf(query map[string]string, body string) (string, error) {
	if name, ok := query["name"]; ok {
		return name, nil
	}
	if body == "" {
		return "world", nil
	}
	if !json.Valid([]byte(body)) {
		return "", errors.New("body is not JSON")
	}
	var fields struct{ Name *string }
	if err := json.Unmarshal([]byte(body), &fields); err != nil || fields.Name == nil {
		return "", errors.New("body has no text `name`")
	}
	return *fields.Name, nil
}
