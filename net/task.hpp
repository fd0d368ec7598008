// Task<T>: the coroutine every asynchronous function returns. One io_context and one thread per world; no strands.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

namespace chaos::net {

namespace asio = boost::asio;

/// The concrete executor (not any_io_executor): dispatching on it costs no virtual call and no reference count.
using Executor = asio::io_context::executor_type;

template <class T = void>
using Task = asio::awaitable<T, Executor>;

using UseTask = asio::use_awaitable_t<Executor>;
inline constexpr UseTask use_task{};

using Error = boost::system::error_code;

/// A value, or the error that stood in its way. Operating errors travel in here; exceptions are for bugs and cancellation.
template <class T>
using Result = boost::system::result<T, Error>;

}  // namespace chaos::net
