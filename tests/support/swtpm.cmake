add_library(test_support_swtpm STATIC swtpm_server.cpp swtpm_server.h)
target_include_directories(test_support_swtpm PUBLIC ${CMAKE_SOURCE_DIR}/tests)
target_link_libraries(test_support_swtpm PUBLIC Qt6::Core PRIVATE Qt6::Network)
