// How often a literal stands in ordinary text: the price of a needle.
//
// A model of byte pairs and common words, measured once over source code, configuration, logs and prose
// (bench/measure_frequency.cc prints the tables of frequency_tables.inc). It only has to rank needles: a wrong price
// costs speed, never a finding.
#pragma once

#include <string_view>

namespace staunch {

// Expected occurrences of `literal` in a megabyte of text, case ignored where `caseless`.
double hits_per_megabyte(std::string_view literal, bool caseless);

}  // namespace staunch
