package main

import (
	"net/http"
	"net/http/httptest"
<%if trigger != "http"%>
	"os"
<%end%>
	"strings"
	"testing"
)

<%if trigger == "http"%>
func call(method, target, body string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	routes().ServeHTTP(answer, httptest.NewRequest(method, target, strings.NewReader(body)))
	return answer
}

func TestServe(t *testing.T) {
	for _, answer := range []*httptest.ResponseRecorder{
		call("GET", "/<%name%>?name=Ada", ""),
		call("POST", "/<%name%>", `{"name": "Ada"}`),
	} {
		if answer.Code != http.StatusOK || answer.Body.String() != `{"message":"Hello, Ada!"}` {
			t.Errorf("got %d %s", answer.Code, answer.Body)
		}
	}
	if answer := call("GET", "/<%name%>?name=%20", ""); answer.Code != http.StatusBadRequest {
		t.Errorf("got %d", answer.Code)
	}
}
<%else%>
func send(t *testing.T, name string) *httptest.ResponseRecorder {
	t.Helper()
	event, err := os.ReadFile("../../events/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	routes().ServeHTTP(answer, httptest.NewRequest("POST", "/<%name%>", strings.NewReader(string(event))))
	return answer
}

func TestServe(t *testing.T) {
	answer := send(t, "azure-<%trigger%>")
	if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), "fields") {
		t.Errorf("got %d %s", answer.Code, answer.Body)
	}
}
<%if trigger == "queue"%>

func TestServeFailsForAMessageItCannotRead(t *testing.T) {
	if answer := send(t, "azure-queue-poison"); answer.Code != http.StatusInternalServerError {
		t.Errorf("got %d", answer.Code)
	}
}
<%end%>
<%end%>
