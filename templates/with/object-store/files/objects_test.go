package objects

// With OBJECT_STORE_BUCKET set, all of it runs against that store; with files otherwise.

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"testing"
)

// fresh opens the store, with a key that is gone after the test.
func fresh(t *testing.T) (Store, string) {
	t.Setenv("DATA_FOLDER", t.TempDir())
	store, err := Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	key := "tests/" + rand.Text()
	t.Cleanup(func() { store.Delete(context.Background(), key) })
	return store, key
}

func put(t *testing.T, store Store, key, data, version string) {
	t.Helper()
	if err := store.Put(context.Background(), key, []byte(data), version); err != nil {
		t.Fatal(err)
	}
}

func TestKeepsBytes(t *testing.T) {
	store, key := fresh(t)
	if data, version, err := store.Get(context.Background(), key); err != nil || data != nil || version != "" {
		t.Errorf("got %v, %v, %v", data, version, err)
	}
	put(t, store, key, "\x00\xff", "")
	if data, _, err := store.Get(context.Background(), key); err != nil || !bytes.Equal(data, []byte{0, 255}) {
		t.Errorf("got %v, %v", data, err)
	}
}

func TestMakesAnObjectOnlyOnce(t *testing.T) {
	store, key := fresh(t)
	put(t, store, key, "1", "")
	if err := store.Put(context.Background(), key, []byte("2"), ""); !errors.Is(err, ErrConflict) {
		t.Error(err)
	}
}

func TestRefusesToOverwriteWhatSomebodyElseChanged(t *testing.T) {
	store, key := fresh(t)
	put(t, store, key, "1", "")
	_, version, err := store.Get(context.Background(), key)
	if err != nil {
		t.Fatal(err)
	}
	put(t, store, key, "2", version)
	if err := store.Put(context.Background(), key, []byte("3"), version); !errors.Is(err, ErrConflict) {
		t.Error(err)
	}
	if data, _, err := store.Get(context.Background(), key); err != nil || string(data) != "2" {
		t.Errorf("got %q, %v", data, err)
	}
}
