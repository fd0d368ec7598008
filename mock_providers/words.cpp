// The word lists behind word-like tokens. Their order is part of every token ever made: append nothing, change nothing.
#include "mock_providers/words.hpp"

#include <array>

namespace chaos::mock_providers {

namespace {

using Words = std::array<std::string_view, 64>;

constexpr Words qualities = {
    "able",   "brave", "brisk",  "calm",   "candid", "careful",  "cheery",  "clever",  "cosy",   "curious", "daring",
    "deft",   "eager", "early",  "fair",   "famous", "fearless", "fond",    "frank",   "gentle", "glad",    "graceful",
    "grand",  "handy", "hardy",  "honest", "humble", "jolly",    "keen",    "kind",    "lively", "loyal",   "lucky",
    "mellow", "merry", "mild",   "modest", "neat",   "nimble",   "noble",   "patient", "placid", "plucky",  "polite",
    "prompt", "proud", "quick",  "quiet",  "ready",  "robust",   "serene",  "sincere", "smart",  "snug",    "sober",
    "steady", "stout", "sturdy", "sunny",  "tidy",   "upbeat",   "valiant", "witty",   "zesty"};

constexpr Words colours = {"almond",   "amber",  "apricot", "auburn",   "azure",  "beige",   "bronze", "brown",
                           "carmine",  "cedar",  "cherry",  "chestnut", "cobalt", "copper",  "coral",  "cream",
                           "crimson",  "cyan",   "ebony",   "emerald",  "fawn",   "flax",    "garnet", "ginger",
                           "golden",   "green",  "hazel",   "heather",  "indigo", "ivory",   "jade",   "khaki",
                           "lavender", "lemon",  "lilac",   "lime",     "linen",  "maroon",  "mauve",  "mint",
                           "mustard",  "navy",   "ochre",   "olive",    "orange", "pearl",   "pink",   "plum",
                           "purple",   "quartz", "rose",    "ruby",     "russet", "saffron", "salmon", "scarlet",
                           "silver",   "slate",  "tawny",   "teal",     "topaz",  "umber",   "velvet", "violet"};

constexpr Words animals = {"alpaca", "badger",     "beaver",  "bison",   "bobcat",  "camel",   "caribou", "cheetah",
                           "condor", "cougar",     "coyote",  "crane",   "cricket", "dingo",   "dolphin", "donkey",
                           "eagle",  "egret",      "falcon",  "ferret",  "finch",   "gazelle", "gecko",   "gibbon",
                           "goose",  "grouse",     "hamster", "hare",    "heron",   "hippo",   "ibis",    "iguana",
                           "jackal", "jaguar",     "kestrel", "koala",   "lemur",   "leopard", "llama",   "lynx",
                           "magpie", "marmot",     "marten",  "mole",    "moose",   "newt",    "ocelot",  "osprey",
                           "otter",  "panda",      "parrot",  "pelican", "puffin",  "puma",    "rabbit",  "raven",
                           "robin",  "salamander", "seal",    "stork",   "swan",    "tapir",   "turtle",  "walrus"};

constexpr Words places = {
    "acre",   "arbor",  "atoll",   "bank",   "basin",   "bay",    "beach",  "bluff",   "bridge", "brook",   "canyon",
    "cape",   "cavern", "cliff",   "coast",  "cove",    "creek",  "dale",   "delta",   "desert", "dune",    "estuary",
    "fjord",  "forest", "garden",  "geyser", "glacier", "glade",  "glen",   "grove",   "gulf",   "harbor",  "heath",
    "hill",   "hollow", "inlet",   "island", "isthmus", "lagoon", "lake",   "ledge",   "marsh",  "meadow",  "mesa",
    "moor",   "oasis",  "orchard", "pass",   "pasture", "peak",   "plain",  "plateau", "pond",   "prairie", "quarry",
    "ravine", "reef",   "ridge",   "river",  "shore",   "spring", "summit", "tundra",  "valley"};

constexpr Words prose = {
    "all",    "and",    "are",      "as",   "at",    "because", "been",  "before", "both",  "by",    "check",
    "clear",  "closed", "complete", "each", "entry", "every",   "first", "for",    "found", "from",  "good",
    "has",    "in",     "into",     "is",   "it",    "kept",    "last",  "left",   "list",  "made",  "matches",
    "name",   "next",   "noted",    "now",  "of",    "on",      "one",   "order",  "over",  "place", "report",
    "result", "review", "same",     "so",   "some",  "stands",  "step",  "such",   "that",  "the",   "then",
    "there",  "this",   "through",  "to",   "under", "was",     "where", "with",   "work"};

// A list that is too short would leave empty words at its end.
static_assert(!qualities.back().empty() && !colours.back().empty() && !animals.back().empty());
static_assert(!places.back().empty() && !prose.back().empty());

std::string_view pick(const Words& words, std::uint64_t bits, int shift)
{
    return words[(bits >> shift) & 63U];
}

}  // namespace

std::string three_words(std::uint64_t bits)
{
    std::string token(pick(qualities, bits, 0));
    token.append(1, '-').append(pick(colours, bits, 6));
    token.append(1, '-').append(pick(animals, bits, 12));
    return token;
}

std::string four_words(std::uint64_t bits)
{
    return three_words(bits).append(1, '-').append(pick(places, bits, 18));
}

std::string_view filler_word(std::uint64_t bits)
{
    return pick(prose, bits, 0);
}

bool is_token_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
}

}  // namespace chaos::mock_providers
