-- wrk: OCSP requests out of a file with one base64 of the DER a line; mode "get", "post" or "static" (nginx).
local mode, requests = "get", {}

local function decoded(text)
    local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    local bits, out, held = 0, {}, 0
    for char in text:gmatch("[^=]") do
        held = held * 64 + alphabet:find(char, 1, true) - 1
        bits = bits + 6
        if bits >= 8 then
            bits = bits - 8
            out[#out + 1] = string.char(math.floor(held / 2 ^ bits) % 256)
            held = held % 2 ^ bits
        end
    end
    return table.concat(out)
end

function init(arguments)
    mode = arguments[1]
    for line in io.lines(arguments[2]) do
        if mode == "get" then
            requests[#requests + 1] = wrk.format("GET", "/" .. line:gsub("%+", "%%2B"):gsub("/", "%%2F"):gsub("=", "%%3D"))
        elseif mode == "post" then
            requests[#requests + 1] = wrk.format("POST", "/", {["Content-Type"] = "application/ocsp-request"}, decoded(line))
        else
            requests[#requests + 1] = wrk.format("GET", "/answer.der")
        end
    end
    math.randomseed(os.time())
    position = math.random(#requests)
end

function request()
    position = position % #requests + 1
    return requests[position]
end
