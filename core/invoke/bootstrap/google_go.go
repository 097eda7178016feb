// The main package that the platform's builder would write: it starts the Functions Framework, or
// without it serves the one function by reflection on its type.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"reflect"

	function "IMPORT"
)

var target any = function.TARGET

func fail(w http.ResponseWriter, status string, err error) {
	log.Println(err)
	w.Header().Set("X-Google-Status", status)
	http.Error(w, err.Error(), http.StatusInternalServerError)
}

func event(w http.ResponseWriter, r *http.Request) {
	call := reflect.ValueOf(target)
	if call.Kind() != reflect.Func || call.Type().NumIn() != 2 {
		fail(w, "error", fmt.Errorf("TARGET is no function of a request or of a context and an event"))
		return
	}
	argument := reflect.New(call.Type().In(1))
	var body struct {
		Data json.RawMessage `json:"data"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := json.Unmarshal(body.Data, argument.Interface()); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	out := call.Call([]reflect.Value{reflect.ValueOf(context.Background()), argument.Elem()})
	if len(out) > 0 && !out[len(out)-1].IsNil() {
		fail(w, "error", out[len(out)-1].Interface().(error))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func main() {
	handler := event
	if plain, ok := target.(func(http.ResponseWriter, *http.Request)); ok {
		handler = plain
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if reason := recover(); reason != nil {
				fail(w, "crash", fmt.Errorf("panic: %v", reason))
			}
		}()
		handler(w, r)
	})))
}
