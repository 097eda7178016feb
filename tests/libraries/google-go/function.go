// Package hello holds functions for the Functions Framework.
package hello

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	"github.com/cloudevents/sdk-go/v2/event"
)

func init() {
	functions.HTTP("Hello", hello)
	functions.CloudEvent("OnEvent", onEvent)
}

func hello(w http.ResponseWriter, r *http.Request) {
	var body any
	_ = json.NewDecoder(r.Body).Decode(&body)
	fmt.Println("method", r.Method)
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(map[string]any{"query": r.URL.Query(), "body": body})
}

func onEvent(_ context.Context, e event.Event) error {
	var data struct{ Bucket string }
	if err := e.DataAs(&data); err != nil {
		return err
	}
	fmt.Println("type", e.Type(), "subject", e.Subject(), "bucket", data.Bucket)
	if data.Bucket == "broken" {
		return errors.New("broken bucket")
	}
	return nil
}
