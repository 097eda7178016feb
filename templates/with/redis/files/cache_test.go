package cache

// With REDIS_URL set, all of it runs against that server; with files otherwise.

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"
)

// pair opens the same cache twice.
func pair(t *testing.T) (*Cache, *Cache) {
	t.Setenv("DATA_FOLDER", t.TempDir())
	var opened [2]*Cache
	for i := range opened {
		cache, err := Connect()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { cache.Close() })
		opened[i] = cache
	}
	return opened[0], opened[1]
}

func TestDoesTheWorkOfAMessageOnce(t *testing.T) {
	cache, other := pair(t)
	id, calls := rand.Text(), 0
	work := func() error { calls++; return nil }
	for i, one := range []*Cache{cache, other} {
		if called, err := one.Once(context.Background(), id, work); err != nil || called != (i == 0) {
			t.Errorf("%d: got %v, %v", i, called, err)
		}
	}
	if calls != 1 {
		t.Errorf("worked %d times", calls)
	}
}

func TestDoesItAgainWhenItFailed(t *testing.T) {
	cache, _ := pair(t)
	id, no := rand.Text(), errors.New("no")
	if _, err := cache.Once(context.Background(), id, func() error { return no }); !errors.Is(err, no) {
		t.Error(err)
	}
	if called, err := cache.Once(context.Background(), id, func() error { return nil }); err != nil || !called {
		t.Errorf("got %v, %v", called, err)
	}
}

func TestPutsOffADeliveryThatComesMeanwhile(t *testing.T) {
	cache, other := pair(t)
	id := rand.Text()
	_, err := cache.Once(context.Background(), id, func() error {
		if _, err := other.Once(context.Background(), id, func() error { return nil }); !errors.Is(err, ErrBusy) {
			t.Error(err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestForgetsAValueInTime(t *testing.T) {
	cache, other := pair(t)
	key := rand.Text()
	if err := cache.Put(context.Background(), key, 7, time.Second); err != nil {
		t.Fatal(err)
	}
	var value int
	if found, err := other.Get(context.Background(), key, &value); err != nil || !found || value != 7 {
		t.Errorf("got %v, %v, %v", value, found, err)
	}
	time.Sleep(1100 * time.Millisecond)
	if found, err := cache.Get(context.Background(), key, &value); err != nil || found {
		t.Errorf("got %v, %v", found, err)
	}
}
