-- Follows the pod's token, the trust bundle and iotedged's address, and gives them to the running HAProxy; tells iotedged
-- of the bundle; answers for the observability port; sends a request again whose token iotedged refused.

local function setting(name, pattern, meaning)
  local text = os.getenv(name) or ""
  if not text:find(pattern) then error(name .. " must be " .. meaning, 0) end
  return text
end

local function port(name)
  local text = setting(name, "^%d+$", "a port")
  if tonumber(text) < 1 or tonumber(text) > 65535 then error(name .. " must be a port", 0) end
  return text
end

local host = setting("IOTEDGED_HOST", "^[%w.-]+$", "a host name")
local management = setting("PROXY_MANAGEMENT", "^o[nf]f?$", "on or off") == "on"
local scratch = setting("PROXY_SCRATCH", "^/[%w._/-]+$", "a path")
local token_file = setting("PROXY_TOKEN_FILE", "^/", "a path")
local bundle_file = setting("PROXY_TRUST_BUNDLE_FILE", "^/", "a path")
local probe_path = setting("PROXY_PROBE_PATH", "^/%S+$", "a path")
local lowest = setting("PROXY_LOG_LEVEL", "^%l+$", "debug, info, warn or error")
local ranks = { debug = 1, info = 2, warn = 3, error = 4 }
if not ranks[lowest] then error("PROXY_LOG_LEVEL must be debug, info, warn or error", 0) end
for _, name in ipairs({ "PROXY_WORKLOAD_PORT", "PROXY_MANAGEMENT_PORT", "PROXY_OBSERVABILITY_PORT" }) do port(name) end
local upstream_ports = { workload = port("PROXY_WORKLOAD_UPSTREAM_PORT") }
local management_port = port("PROXY_MANAGEMENT_UPSTREAM_PORT")
if management then upstream_ports.management = management_port end

-- The certificates of a bundle go through one of HAProxy's buffers.
local file_limit, bundle_limit, token_limit = 1048576, 15000, 4000
local map = "proxy.map"
local messages = {
  ["trust-bundle"] = "the proxy has no valid trust bundle to verify iotedged with",
  ["address"] = "the proxy cannot resolve iotedged's name",
  ["token-expired"] = "the proxy's token for iotedged has expired",
  ["token"] = "the proxy has no token for iotedged",
}

local state = { missing = "trust-bundle", reached = false, reload = { time = 0, succeeded = false } }
local counts = { token = { accepted = 0, rejected = 0 }, bundle = { accepted = 0, rejected = 0 } }

-- Not core.log, which repeats each line as plain text on stderr.
local function log(level, format, ...)
  if ranks[level] < ranks[lowest] then return end
  local text = string.format(format, ...):gsub('[%c"\\]', "?")
  local time = os.date("!%Y-%m-%dT%H:%M:%S+00:00")
  io.stdout:write(string.format('{"time":"%s","level":"%s","component":"lua","msg":"%s"}\n', time, level, text))
  io.stdout:flush()
end

local function read(path, limit)
  local file = io.open(path, "rb")
  local content = file and file:read(limit + 1)
  if file then file:close() end
  return content or ""
end

-- Sends text to a socket of HAProxy's own; returns all that it answers.
local function ask(name, text)
  local socket = core.tcp()
  socket:settimeout(10)
  if not socket:connect("unix@" .. scratch .. "/" .. name) then return "" end
  socket:send(text)
  -- It waits for ever to read more at a time than one of HAProxy's buffers holds: nothing that is asked for may be longer.
  local answer = socket:receive("*a")
  socket:close()
  return answer or ""
end

local function admin(...)
  return ask("admin.sock", string.format(...) .. "\n")
end

local function whole(chunks)
  local parts, at = {}, 1
  while true do
    local _, line_end, digits = chunks:find("^(%x+)[^\r\n]*\r\n", at)
    local size = digits and tonumber(digits, 16) or 0
    if size == 0 then return table.concat(parts) end
    parts[#parts + 1] = chunks:sub(line_end + 1, line_end + size)
    at = line_end + size + 3
  end
end

-- Sends a request over frontend `own`; returns status, header fields and body.
local function request(line, fields, body)
  local answer = ask("own.sock", line .. " HTTP/1.0\r\n" .. fields .. "\r\n" .. (body or ""))
  local head, rest = answer:match("^(.-\r\n)\r\n(.*)$")
  if not head then return 0, "", "" end
  if head:lower():find("\ntransfer-encoding: chunked", 1, true) then rest = whole(rest) end
  return tonumber(head:match("^HTTP/1%.%d (%d+)")), head, rest
end

-- HAProxy's converters are there for a request alone: this is one.
local conversion
core.register_service("convert", "http", function(applet)
  conversion(applet.c)
  applet:set_status(204)
  applet:start_response()
end)

local function convert(use)
  local result
  conversion = function(converters) result = use(converters) end
  request("GET /", "api: convert\r\n")
  return result
end

local function follow_token()
  local content = read(token_file, token_limit + 64)
  if content == state.token_content then return end
  state.token_content = content
  local token = content:match("^%s*(%S*)%s*$") or ""
  if #token > token_limit or not token:find("^[%w_-]+%.[%w_-]+%.[%w_-]+$") then
    counts.token.rejected = counts.token.rejected + 1
    log("error", "token %s is refused: it is no JWT; %s", token_file,
      state.token and "the last good one stays in use" or "there is none to use")
    return
  end
  local expiry = tonumber(convert(function(c) return c:jwt_payload_query(token, "$.exp", "int") end) or 0) or 0
  state.token_expiry = expiry > 0 and expiry or nil
  if token ~= state.token then counts.token.accepted = counts.token.accepted + 1 end
  state.token = token
  core.set_map(map, "token", token)
end

-- Its certificates as a set, and as text without all else: an empty line would end what the admin socket takes for the
-- bundle. Nil and a reason when it holds something else.
local function certificates_of(pem)
  local found, lines, inside = {}, {}, nil
  if #pem > file_limit then return nil, "it is larger than 1 MiB" end
  for line in (pem .. "\n"):gmatch("(.-)\r?\n") do
    if line == "-----END CERTIFICATE-----" and inside then
      local base64 = table.concat(inside, "\n")
      if not found[base64] then lines[#lines + 1] = "-----BEGIN CERTIFICATE-----\n" .. base64 .. "\n" .. line end
      found[base64], inside = true, nil
    elseif inside then
      if line:find("[^%w+/=]") or line == "" then return nil, "a certificate in it is no valid PEM" end
      inside[#inside + 1] = line
    elseif line == "-----BEGIN CERTIFICATE-----" then
      inside = {}
    elseif line:find("^%-%-%-%-%-BEGIN ") or line:find("\0") then
      return nil, "it holds something else than certificates"
    end
  end
  local text = table.concat(lines, "\n")
  if inside then return nil, "its last certificate is cut off" end
  if text == "" then return nil, "it holds no certificate" end
  if #text > bundle_limit then return nil, "its certificates have more than 15 000 characters" end
  return found, text
end

-- Adds a server to each backend, with the bundle as its own. HAProxy says "Success!" to a commit of nothing as well, so
-- each answer is read.
local function add_servers(name, payload)
  local steps = {
    { "created", "new ssl ca-file %s", name },
    { "transaction created", "set ssl ca-file %s <<\n%s\n", name, payload },
    { "Success!", "commit ssl ca-file %s", name },
  }
  for api, upstream_port in pairs(upstream_ports) do
    local options = "ssl verify required ca-file %s verifyhost %s sni str(%s) ssl-min-ver TLSv1.2 no-ssl-reuse pool-max-conn 16 pool-purge-delay 5s"
    local server = api .. "/" .. name
    steps[#steps + 1] = { "registered", "add server %s %s:%s " .. options, server, state.address or "0.0.0.0",
      upstream_port, name, host, host }
    steps[#steps + 1] = { "", "enable server %s", server }
  end
  for _, step in ipairs(steps) do
    local answer = admin(table.unpack(step, 2))
    if not answer:find(step[1], 1, true) then return false, answer end
  end
  return true
end

local retired, swaps = {}, 0

-- Deletes servers of older bundles. Another address closes their idle connections.
local function clear_retired()
  for name, old in pairs(retired) do
    local deleted = true
    for api in pairs(upstream_ports) do
      local server = api .. "/" .. name
      if old.cut_at and core.now().sec >= old.cut_at then admin("shutdown sessions server %s", server) end
      old.port = old.port == 1 and 2 or 1
      admin("set server %s addr 127.0.0.1 port %d", server, old.port)
      deleted = admin("del server %s", server):find("deleted", 1, true) and deleted
    end
    if deleted then
      admin("del ssl ca-file %s", name)
      retired[name] = nil
    end
  end
end

local function refuse_bundle(reason)
  counts.bundle.rejected = counts.bundle.rejected + 1
  state.reload = { time = os.time(), succeeded = false }
  log("error", "trust bundle %s is refused: %s; %s", bundle_file, reason,
    state.hash and "the last good one stays in use" or "there is none to use")
end

local function follow_bundle()
  local content = read(bundle_file, file_limit)
  if content == state.bundle_content then return end
  state.bundle_content = content
  local certificates, text = certificates_of(content)
  if not certificates then return refuse_bundle(text) end
  local hash = convert(function(c) return c:hex(c:sha2(content, 256)):lower() end)
  if hash == state.hash then
    state.reload = { time = os.time(), succeeded = true }
    return
  end
  swaps = swaps + 1
  local name, before = "bundle" .. swaps, state.server
  local added, answer = add_servers(name, text)
  if not added then
    admin("del ssl ca-file %s", name)
    return refuse_bundle("HAProxy does not accept it: " .. answer)
  end
  core.set_map(map, "bundle", hash)
  -- The older server gets no request any more; what is under way on it and on those before may end, but for a
  -- second only if a root has left.
  if before then
    local cut = false
    for certificate in pairs(state.certificates) do cut = cut or not certificates[certificate] end
    retired[before] = {}
    for _, old in pairs(retired) do old.cut_at = old.cut_at or cut and core.now().sec + 1 or nil end
    for api in pairs(upstream_ports) do admin("set server %s/%s state maint", api, before) end
  end
  state.server, state.hash, state.certificates = name, hash, certificates
  state.reload = { time = os.time(), succeeded = true }
  state.probe_at = 0
  counts.bundle.accepted = counts.bundle.accepted + 1
  log("info", "trust bundle %s is in use, %d bytes, SHA-256 %s", bundle_file, #content, hash)
end

-- A name without dots is one of the pod's own namespace, whose domain is the first one to search in.
local function follow_name()
  local domain = read("/etc/resolv.conf", 65536):match("\n?search[ \t]+(%S+)")
  if domain and not host:find(".", 1, true) then admin("set server address/iotedged fqdn %s.%s", host, domain) end
end

local function follow_address()
  local address = core.backends.address.servers.iotedged:get_addr():match("^%[?(.-)%]?:1$")
  if not address or address == "0.0.0.0" or address == state.address then return end
  state.address = address
  for api in pairs(upstream_ports) do
    if state.server then admin("set server %s/%s addr %s port %s", api, state.server, address, upstream_ports[api]) end
  end
  log("info", "%s is at %s", host, address)
end

local function close_or_open()
  local expired = state.token_expiry and os.time() >= state.token_expiry
  local missing = not state.hash and "trust-bundle" or not state.address and "address"
    or expired and "token-expired" or not state.token and "token" or ""
  if missing == state.missing then return end
  state.missing = missing
  if missing == "" then return core.del_map(map, "missing") end
  core.set_map(map, "message", messages[missing])
  core.set_map(map, "missing", missing)
  log(missing == "token-expired" and "error" or "info", "%s", messages[missing])
end

local looking = false
local function look()
  while looking do core.msleep(10) end
  looking = true
  -- One that fails must not keep the others from being done, now and with the next look.
  for _, step in ipairs({ clear_retired, follow_token, follow_bundle, follow_address, close_or_open }) do
    local done, problem = pcall(step)
    if not done then log("error", "%s", problem) end
  end
  looking = false
end

-- HAProxy 2.6 may crash at its end when it just kept a connection to iotedged. So a connection to its own admin socket
-- holds it back, and it is ended here once the last request is done.
core.register_task(function()
  local hold = core.tcp()
  hold:settimeout(2 ^ 20)
  hold:connect("unix@" .. scratch .. "/admin.sock")
  hold:send("prompt\n")
  while true do
    local stats = core.frontends.module:get_stats()
    if stats.status == "STOP" and stats.scur == 0 then os.exit(0) end
    core.msleep(500)
  end
end)

core.register_task(function()
  follow_name()
  while true do
    look()
    core.del_map(map, "starting")
    core.msleep(1000)
  end
end)

-- Seconds to the next try after so many that failed. The module waits for the first answer; what follows is news for
-- iotedged, which a thousand proxies are not to tell at once.
local function pause(failures)
  if not state.reached then return 1 end
  return math.min(2 ^ (failures - 1), 30) * (1 - math.random() / 2)
end

local function tell_iotedged()
  local status = request("GET " .. probe_path, "user-agent: iotedge-proxy\r\n")
  local refused = status == 401 or status == 403
  local answered = status >= 200 and status < 500 and not refused
  state.refused = refused
  state.reached = state.reached or answered
  state.failures = answered and 0 or (state.failures or 0) + 1
  -- iotedged forgets what it was told when it starts anew.
  state.probe_at = os.time() + (answered and 300 or pause(state.failures))
end

core.register_task(function()
  math.randomseed(string.unpack("I4", read("/dev/urandom", 3) .. os.time()))
  while true do
    if state.missing == "" and state.hash and os.time() >= (state.probe_at or 0) then tell_iotedged() end
    core.msleep(200)
  end
end)

local own_framing = { connection = true, ["content-length"] = true, ["transfer-encoding"] = true }

-- The request once more, with the token that is mounted now. Only fields that may pass are in what was kept of it.
core.register_action("again", { "http-res" }, function(txn)
  look()
  local management_api = management and txn.f:dst_port() == tonumber(os.getenv("PROXY_MANAGEMENT_PORT"))
  local fields = txn:get_var("txn.head"):gsub("\r\n\r\n$", "\r\n") .. (management_api and "api: management\r\n" or "")
  local line = txn.f:method() .. " " .. txn.f:capture_req_uri()
  local status, head, body = request(line, fields, txn:get_var("txn.body"))
  if status == 0 then return end
  local reply = txn:reply({ status = status })
  for name, value in head:gmatch("\r\n([^:\r\n]+):[ \t]*([^\r\n]*)") do
    if not own_framing[name:lower()] then reply:add_header(name, value) end
  end
  reply:set_body(body)
  txn:done(reply)
end, 0)

local function answer(applet, status, content_type, body)
  applet:set_status(status)
  applet:add_header("content-type", content_type)
  applet:add_header("content-length", tostring(#body))
  applet:start_response()
  if applet.method ~= "HEAD" then applet:send(body) end
end

-- Once iotedged was reached, its absence takes no module's pod out of its Service.
core.register_service("readiness", "http", function(applet)
  local reason = state.missing ~= "" and state.missing or state.reached and "" or state.refused and "token-refused" or "upstream"
  if reason == "" then return answer(applet, 200, "application/json", '{"status":"ready"}') end
  answer(applet, 503, "application/json", string.format('{"status":"not ready","reason":"%s"}', reason))
end)

core.register_service("status", "http", function(applet)
  answer(applet, 200, "application/json", string.format(
    '{"trustBundle":%s,"tokenNotAfter":%s,"missing":"%s","iotedgedReached":%s,"lastReload":{"time":%d,"succeeded":%s}}\n',
    state.hash and '"' .. state.hash .. '"' or "null", state.token_expiry or "null", state.missing, state.reached,
    state.reload.time, state.reload.succeeded))
end)

local function family(name, kind, help, ...)
  return string.format("# HELP %s %s\n# TYPE %s %s\n%s\n", name, help, name, kind, table.concat({ ... }, "\n"))
end

local function changes(name, help, of)
  return family(name, "counter", help, string.format('%s{result="accepted"} %d', name, of.accepted),
    string.format('%s{result="rejected"} %d', name, of.rejected))
end

core.register_service("metrics", "http", function(applet)
  local expiry = "iotedge_proxy_token_not_after_seconds"
  local _, _, process = request("GET /metrics?scope=global", "api: exporter\r\n")
  local _, _, frontends = request("GET /metrics?scope=frontend", "api: exporter\r\n")
  answer(applet, 200, "text/plain; version=0.0.4", table.concat({
    family(expiry, "gauge", "When the token expires; 0 when that is unknown.", expiry .. " " .. (state.token_expiry or 0)),
    changes("iotedge_proxy_token_changes_total", "Changes of the mounted token.", counts.token),
    changes("iotedge_proxy_trust_bundle_changes_total", "Changes of the mounted trust bundle.", counts.bundle),
    family("iotedge_proxy_trust_bundle_info", "gauge", "The trust bundle in use, by the SHA-256 of its file.",
      string.format('iotedge_proxy_trust_bundle_info{sha256="%s"} 1', state.hash or "")),
    process,
    frontends,
  }))
end)
