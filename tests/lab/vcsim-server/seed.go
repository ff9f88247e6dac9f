package main

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/google/uuid"
)

// seed names things: the same seed and words give the same identity in every run.
type seed int64

func (s seed) digest(words ...any) [32]byte {
	return sha256.Sum256([]byte(fmt.Sprint(append([]any{"driftline", int64(s)}, words...)...)))
}

func (s seed) uuid(words ...any) string {
	sum := s.digest(words...)
	return uuid.NewSHA1(uuid.NameSpaceOID, sum[:]).String()
}

func (s seed) number(words ...any) uint64 {
	sum := s.digest(words...)
	return binary.BigEndian.Uint64(sum[:])
}

// hex returns so many upper-case digits, at most 64.
func (s seed) hex(digits int, words ...any) string {
	return fmt.Sprintf("%X", s.digest(words...))[:digits]
}

// mac returns an address of the vendor whose three octets are given.
func (s seed) mac(vendor string, words ...any) string {
	sum := s.digest(words...)
	return fmt.Sprintf("%s:%02x:%02x:%02x", vendor, sum[0]&0x3f, sum[1], sum[2])
}

// vmfs returns the uuid of a volume in the form that ESXi writes.
func (s seed) vmfs(words ...any) string {
	sum := s.digest(words...)
	return fmt.Sprintf("%x-%x-%x-%x", sum[:4], sum[4:8], sum[8:10], sum[10:16])
}
