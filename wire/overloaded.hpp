// One callable of several lambdas, for std::visit.
#pragma once

namespace chaos::wire {

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

}  // namespace chaos::wire
