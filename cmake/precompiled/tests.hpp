#include "cmake/precompiled/standard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
