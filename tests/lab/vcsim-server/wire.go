package main

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"sync"
)

// edit damages answers: a named change made to a valid one.
type edit struct {
	Method  string // a SOAP method
	Find    string // an answer without this text passes unharmed
	Replace string // put in place of the first Find
	Hex     string // the same in hexadecimal, for bytes that JSON cannot carry
	Keep    int    // keep so many bytes of the body and no more, 0 for all
	Sever   bool   // with Keep: close the connection there, instead of ending the answer well
	Skip    int    // let so many answers pass first
	Times   int    // then damage so many, 0 for all
}

var edits struct {
	sync.Mutex
	list []*edit
}

// apply returns the damaged body, and whether the connection breaks at its end.
func (e *edit) apply(body []byte) ([]byte, bool) {
	text := []byte(e.Replace)
	if e.Hex != "" {
		text, _ = hex.DecodeString(e.Hex)
	}
	if e.Find != "" {
		body = bytes.Replace(body, []byte(e.Find), text, 1)
	}
	if e.Keep > 0 && e.Keep < len(body) {
		return body[:e.Keep], e.Sever
	}
	return body, false
}

// due counts an answer and says whether this one is to be damaged.
func (e *edit) due(asked, body []byte) bool {
	if e.Times < 0 || !bytes.Contains(asked, []byte("<"+e.Method)) || !bytes.Contains(body, []byte(e.Find)) {
		return false
	}
	if e.Skip > 0 {
		e.Skip--
		return false
	}
	if e.Times == 1 {
		e.Times = -1 // used up
	} else if e.Times > 1 {
		e.Times--
	}
	return true
}

// recorder keeps an answer in memory.
type recorder struct {
	http.ResponseWriter
	code int
	body bytes.Buffer
}

func (r *recorder) WriteHeader(code int)           { r.code = code }
func (r *recorder) Write(body []byte) (int, error) { return r.body.Write(body) }

// onWire puts edits and compression around the simulator.
func onWire(next http.Handler, zip bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(asked))
		answer := &recorder{ResponseWriter: w, code: http.StatusOK}
		next.ServeHTTP(answer, r)
		body, severed := answer.body.Bytes(), false
		edits.Lock()
		for _, e := range edits.list {
			if !severed && e.due(asked, body) {
				body, severed = e.apply(body)
			}
		}
		edits.Unlock()
		if zip && !severed && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			w.Header().Set("Content-Encoding", "gzip")
			body = compress(body)
		}
		w.WriteHeader(answer.code)
		_, _ = w.Write(body)
		if severed {
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
	})
}

func compress(body []byte) []byte {
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	_, _ = z.Write(body)
	_ = z.Close()
	return packed.Bytes()
}
