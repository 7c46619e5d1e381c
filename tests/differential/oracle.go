// The second oracle: what gitleaks' rules mean for one content, written down with nothing but Go's own regexp.
//
//	oracle < inputs > findings
//
// A line of input is a JSON object: one with "rules" sets the rules (and global "allowlists"), one with "path" and
// "text" is a content to scan with them. A line of output is a finding: number of the content, number of the rule,
// offset of the match before newlines are trimmed (-1 for a rule without regex), match and secret in hex, entropy. It
// is slow and plain on purpose: one rule after the other, one pattern after the other.
package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"strings"
)

type allowlist struct {
	All         bool
	Target      string // secret, match, line
	Commits     []string
	Paths       []string
	Regexes     []string
	Stopwords   []string
	TargetRules []string
}

type rule struct {
	ID          string
	Regex, Path string
	Keywords    []string
	SecretGroup int
	Entropy     float64
	Allowlists  []allowlist
}

type input struct {
	Rules      []rule
	Allowlists []allowlist
	Path       string
	Text       *string
}

var compiled = map[string]*regexp.Regexp{}

func compile(pattern string) *regexp.Regexp {
	if compiled[pattern] == nil {
		regex, err := regexp.Compile(pattern)
		if err != nil {
			fmt.Fprintf(os.Stderr, "oracle: Go refuses the pattern %q: %v\n", pattern, err)
			os.Exit(1)
		}
		compiled[pattern] = regex
	}
	return compiled[pattern]
}

func anyMatches(patterns []string, text string) bool {
	for _, pattern := range patterns {
		if compile(pattern).MatchString(text) {
			return true
		}
	}
	return false
}

func anyInside(words []string, text string) bool {
	for _, word := range words {
		if strings.Contains(strings.ToLower(text), strings.ToLower(word)) {
			return true
		}
	}
	return false
}

// The lists that a rule answers to: global ones that are for all rules or for this one, and its own.
func listsFor(r rule, global []allowlist) []allowlist {
	var lists []allowlist
	for _, list := range global {
		mine := len(list.TargetRules) == 0
		for _, id := range list.TargetRules {
			mine = mine || id == r.ID
		}
		if mine {
			lists = append(lists, list)
		}
	}
	return append(lists, r.Allowlists...)
}

// Whether the path alone rules the content out for the rule.
func pathAllowed(lists []allowlist, path string) bool {
	for _, list := range lists {
		hit := len(list.Paths) > 0 && anyMatches(list.Paths, path)
		onlyPaths := len(list.Regexes)+len(list.Stopwords)+len(list.Commits) == 0
		if hit && (!list.All || onlyPaths) {
			return true
		}
	}
	return false
}

func findingAllowed(lists []allowlist, path, secret, match, line string) bool {
	for _, list := range lists {
		target := map[string]string{"secret": secret, "match": match, "line": line}[list.Target]
		var kinds []bool // one for every kind of reason that the list has
		if len(list.Commits) > 0 {
			kinds = append(kinds, false) // nothing here has a commit
		}
		if len(list.Paths) > 0 {
			kinds = append(kinds, anyMatches(list.Paths, path))
		}
		if len(list.Regexes) > 0 {
			kinds = append(kinds, anyMatches(list.Regexes, target))
		}
		if len(list.Stopwords) > 0 {
			kinds = append(kinds, anyInside(list.Stopwords, secret))
		}
		hits := 0
		for _, hit := range kinds {
			if hit {
				hits++
			}
		}
		if (list.All && len(kinds) > 0 && hits == len(kinds)) || (!list.All && hits > 0) {
			return true
		}
	}
	return false
}

func entropy(text string) float64 {
	counts := map[rune]int{}
	for _, char := range text {
		counts[char]++
	}
	sum := 0.0
	for _, count := range counts {
		share := float64(count) / float64(len(text))
		sum -= share * math.Log2(share)
	}
	return sum
}

func secretIn(r rule, match string) string {
	groups := compile(r.Regex).FindStringSubmatch(match)
	if len(groups) < 2 {
		return match
	}
	if r.SecretGroup > 0 {
		return groups[r.SecretGroup]
	}
	for _, group := range groups[1:] {
		if group != "" {
			return group
		}
	}
	return match
}

// The whole lines that text[begin:end] touches.
func linesOf(text string, begin, end int) string {
	from := strings.LastIndex(text[:begin], "\n") + 1
	to := strings.Index(text[end:], "\n")
	if to < 0 {
		return text[from:]
	}
	return text[from : end+to]
}

func scan(out io.Writer, content int, rules []rule, global []allowlist, path, text string) {
	for index, r := range rules {
		lists := listsFor(r, global)
		if pathAllowed(lists, path) || (r.Path != "" && !compile(r.Path).MatchString(path)) {
			continue
		}
		if r.Regex == "" {
			match := "file detected: " + path
			fmt.Fprintf(out, "%d %d -1 %x- - 0\n", content, index, match)
			continue
		}
		if len(r.Keywords) > 0 && !anyInside(r.Keywords, text) {
			continue
		}
		for _, span := range compile(r.Regex).FindAllStringIndex(text, -1) {
			begin, end := span[0], span[1]
			for begin < end && text[begin] == '\n' {
				begin++
			}
			for begin < end && text[end-1] == '\n' {
				end--
			}
			match := text[begin:end]
			secret := secretIn(r, match)
			bits := entropy(secret)
			if r.Entropy != 0 && bits <= r.Entropy {
				continue
			}
			if findingAllowed(lists, path, secret, match, linesOf(text, begin, end)) {
				continue
			}
			fmt.Fprintf(out, "%d %d %d %s- %s- %.12f\n", content, index, span[0], hex.EncodeToString([]byte(match)),
				hex.EncodeToString([]byte(secret)), bits)
		}
	}
}

func main() {
	in := bufio.NewReader(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	var rules []rule
	var global []allowlist
	for content := 0; ; {
		line, err := in.ReadBytes('\n')
		if len(line) == 0 {
			break
		}
		var next input
		if problem := json.Unmarshal(line, &next); problem != nil {
			fmt.Fprintln(os.Stderr, "oracle: not an input:", problem)
			os.Exit(1)
		}
		if next.Text == nil {
			rules, global = next.Rules, next.Allowlists
		} else {
			scan(out, content, rules, global, next.Path, *next.Text)
			content++
		}
		if err != nil {
			break
		}
	}
	if err := out.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(1)
	}
}
