# A real v2c-signer on a fresh SoftHSM token.
add_library(test_support_softhsm STATIC ${CMAKE_CURRENT_LIST_DIR}/softhsm_token.cpp ${CMAKE_CURRENT_LIST_DIR}/signer_daemon.cpp)
target_include_directories(test_support_softhsm PUBLIC ${CMAKE_SOURCE_DIR}/tests)
target_link_libraries(test_support_softhsm PUBLIC gateway_ceremony gateway_pki PRIVATE nlohmann_json::nlohmann_json)
target_compile_definitions(test_support_softhsm PRIVATE V2C_SOURCE_DIR="${CMAKE_SOURCE_DIR}" V2C_BIN_DIR="${CMAKE_BINARY_DIR}/bin")
add_dependencies(test_support_softhsm v2c-signer)
