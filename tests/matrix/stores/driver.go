package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"MODULE/internal/cache"
	"MODULE/internal/database"
	"MODULE/internal/objects"
	"MODULE/internal/outbox"
)

type data struct {
	From string `json:"from"`
}

var ctx = context.Background()

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func check(holds bool, what ...any) {
	if !holds {
		panic(fmt.Sprint(what...))
	}
}

func nothing(context.Context) error { return nil }

func write(d database.Database, c *cache.Cache, q outbox.Queue, o objects.Store, key string) {
	put := func(ctx context.Context) error { return d.Put(ctx, key, data{key}, 0) }
	check(must(d.Once(ctx, "w"+key, put)), "database: done before")
	check(must(c.Once(ctx, "w"+key, func() error { return nil })), "cache: done before")
	must(0, c.Put(ctx, key, data{key}, time.Minute))
	must(q.Send(ctx, data{key}))
	must(0, o.Put(ctx, key, []byte(key), ""))
}

func read(d database.Database, c *cache.Cache, q outbox.Queue, o objects.Store, key string) {
	var item, value, message data
	check(must(d.Get(ctx, key, &item)) == 1 && item.From == key, "database: ", item)
	check(!must(d.Once(ctx, "w"+key, nothing)), "database: not done")
	check(must(c.Get(ctx, key, &value)) && value.From == key, "cache: ", value)
	check(!must(c.Once(ctx, "w"+key, func() error { return nil })), "cache: not done")
	taken := must(q.Take(ctx, outbox.Lease))
	check(taken != nil && json.Unmarshal(taken.Data, &message) == nil && message.From == key, "outbox: ", taken)
	must(0, q.Done(ctx, taken))
	bytes, _, err := o.Get(ctx, key)
	check(string(must(bytes, err)) == key, "objects: ", bytes)
}

func main() {
	d, c, q, o := must(database.Open(ctx)), must(cache.Connect()), must(outbox.Connect(ctx)), must(objects.Connect(ctx))
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		step, key, _ := strings.Cut(lines.Text(), " ")
		func() {
			defer func() {
				if problem := recover(); problem != nil {
					fmt.Println(strings.ReplaceAll(fmt.Sprint(problem), "\n", " "))
					return
				}
				fmt.Println("ok")
			}()
			if step == "write" {
				write(d, c, q, o, key)
			} else {
				read(d, c, q, o, key)
			}
		}()
	}
}
