// What the application is given of the outside world.
#pragma once

#include "net/runtime.hpp"
#include "store/store.hpp"

namespace chaos::harness {

struct Environment {
    net::Runtime& runtime;
    store::Store& store;
};

}  // namespace chaos::harness
