package main

import (
	"context"
	"errors"

	"github.com/aws/aws-lambda-go/lambda"
)

type order struct {
	Name string `json:"name"`
}

func handle(_ context.Context, event order) (string, error) {
	if event.Name == "fail" {
		return "", errors.New("asked to fail")
	}
	return "hello " + event.Name, nil
}

func main() { lambda.Start(handle) }
