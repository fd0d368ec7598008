// What a Node points at; known only to those who build nodes.
#pragma once

#include "config/document.hpp"

namespace chaos::config {

struct Node::Data {
    NodeKind kind = NodeKind::null;
    Position at;
    std::string text;
    bool quoted = false;
    std::vector<Node> items;
    std::vector<std::pair<Node, Node>> entries;
};

}  // namespace chaos::config
