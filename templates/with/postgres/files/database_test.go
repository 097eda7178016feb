package database

// With DATABASE_URL set, all of it runs against that server; with files otherwise.

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"testing"
)

// pair opens the same data twice.
func pair(t *testing.T) (Database, Database) {
	t.Setenv("DATA_FOLDER", t.TempDir())
	var opened [2]Database
	for i := range opened {
		database, err := Open(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { database.Close(context.Background()) })
		opened[i] = database
	}
	return opened[0], opened[1]
}

func TestDoesTheWorkOfAMessageOnce(t *testing.T) {
	database, other := pair(t)
	id, calls := rand.Text(), 0
	work := func(context.Context) error { calls++; return nil }
	for i, one := range []Database{database, other} {
		if called, err := one.Once(context.Background(), id, work); err != nil || called != (i == 0) {
			t.Errorf("%d: got %v, %v", i, called, err)
		}
	}
	if calls != 1 {
		t.Errorf("worked %d times", calls)
	}
}

func TestDoesItAgainWhenItFailed(t *testing.T) {
	database, other := pair(t)
	id, no := rand.Text(), errors.New("no")
	fail := func(ctx context.Context) error { return cmp.Or(database.Put(ctx, id, "half done", 0), no) }
	if _, err := database.Once(context.Background(), id, fail); !errors.Is(err, no) {
		t.Error(err)
	}
	if version, err := other.Get(context.Background(), id, new(string)); os.Getenv("DATABASE_URL") != "" && version != 0 {
		t.Errorf("kept something of it: %v, %v", version, err)
	}
	work := func(context.Context) error { return nil }
	if called, err := database.Once(context.Background(), id, work); err != nil || !called {
		t.Errorf("got %v, %v", called, err)
	}
}

func TestUndoesNothingThatWasDoneMeanwhile(t *testing.T) {
	database, other := pair(t)
	ctx, id := context.Background(), rand.Text()
	fail := func(context.Context) error {
		work := func(ctx context.Context) error { return database.Put(ctx, id, 1, 0) }
		_, err := database.Once(ctx, id, work)
		return cmp.Or(err, errors.New("no"))
	}
	if _, err := database.Once(ctx, id+"-failing", fail); err == nil || err.Error() != "no" {
		t.Error(err)
	}
	if version, err := other.Get(ctx, id, new(int)); err != nil || version != 1 {
		t.Errorf("got %v, %v", version, err)
	}
}

func TestRefusesToOverwriteWhatSomebodyElseChanged(t *testing.T) {
	database, other := pair(t)
	ctx, key := context.Background(), rand.Text()
	if err := database.Put(ctx, key, 2, 0); err != nil {
		t.Fatal(err)
	}
	if err := other.Put(ctx, key, 2, 0); !errors.Is(err, ErrConflict) {
		t.Error(err)
	}
	var value int
	version, err := database.Get(ctx, key, &value)
	if err != nil || value != 2 {
		t.Fatalf("got %v, %v", value, err)
	}
	if err := other.Put(ctx, key, 1, version); err != nil {
		t.Error(err)
	}
	if err := database.Put(ctx, key, 1, version); !errors.Is(err, ErrConflict) {
		t.Error(err)
	}
	if now, err := database.Get(ctx, key, &value); err != nil || now != version+1 || value != 1 {
		t.Errorf("got %v, %v, %v", value, now, err)
	}
}
