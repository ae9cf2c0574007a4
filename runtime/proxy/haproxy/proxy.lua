-- The one task beside the rules of haproxy.cfg. Each second it looks at the mounted token, the mounted trust bundle and
-- iotedged's address, and gives what has changed to the running HAProxy. Below it: what is asked of it meanwhile.

local function setting(name, ...)
  local text = os.getenv(name) or ""
  for _, pattern in ipairs({ ... }) do
    if text:find("^" .. pattern .. "$") then return text end
  end
  error(string.format("%s is %q, which does not match %s", name, text, table.concat({ ... }, " or ")), 0)
end

local port = "[1-6]?%d?%d?%d?%d"
for _, name in ipairs({ "PROXY_WORKLOAD_PORT", "PROXY_MANAGEMENT_PORT", "PROXY_OBSERVABILITY_PORT" }) do setting(name, port) end
local host = setting("IOTEDGED_HOST", "[%w.-]+")
local scratch = setting("PROXY_SCRATCH", "/[%w._/-]+")
local token_file = setting("PROXY_TOKEN_FILE", "/.+")
local bundle_file = setting("PROXY_TRUST_BUNDLE_FILE", "/.+")
local probe_path = setting("PROXY_PROBE_PATH", "/%S+")
local log_level = setting("PROXY_LOG_LEVEL", "debug", "info", "warn", "error")
local upstream_ports = { workload = setting("PROXY_WORKLOAD_UPSTREAM_PORT", port) }
local management_port = setting("PROXY_MANAGEMENT_UPSTREAM_PORT", port)
if setting("PROXY_MANAGEMENT", "on", "off") == "on" then upstream_ports.management = management_port end

-- The certificates of a bundle go through one of HAProxy's buffers.
local file_limit, bundle_limit, token_limit = 1048576, 15000, 4000
local messages = {
  ["trust-bundle"] = "the proxy has no valid trust bundle to verify iotedged with",
  ["address"] = "the proxy cannot resolve iotedged's name",
  ["token-expired"] = "the proxy's token for iotedged has expired",
  ["token"] = "the proxy has no token for iotedged",
}

-- What the rules know of all this, by these keys: token, bundle, workload, management, missing, message, unready.
local map = "proxy.map"
local state = { certificates = {}, reached = false, failures = 0, probe_at = 0, reload = { time = 0, succeeded = false } }
local counts = { token = { accepted = 0, rejected = 0 }, bundle = { accepted = 0, rejected = 0 } }

-- Not core.log, which repeats each line as plain text on stderr.
local function log(level, format, ...)
  if level == "info" and (log_level == "warn" or log_level == "error") then return end
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

-- What HAProxy answers to a command of its admin socket.
local function admin(...)
  local socket = core.tcp()
  socket:settimeout(10)
  if not socket:connect("unix@" .. scratch .. "/admin.sock") then return "" end
  socket:send(string.format(...) .. "\n")
  -- It waits for ever to read more at a time than one of HAProxy's buffers holds: nothing that is asked for may be longer.
  local answer = socket:receive("*a")
  socket:close()
  return answer or ""
end

-- What frontend `own` answers. To no other socket: HAProxy would take a kept connection to one for one to another.
local function get(target, headers)
  return core.httpclient():get({ url = "http://localhost" .. target, dst = "unix@" .. scratch .. "/own.sock", headers = headers })
end

local function refuse(kind, file, reason)
  counts[kind].rejected = counts[kind].rejected + 1
  log("error", "%s is refused: %s; %s", file, reason,
    state[kind] and "the last good one stays in use" or "there is none to use")
end

local function follow_token(converters)
  local content = read(token_file, token_limit + 64)
  if content == state.token_content then return end
  state.token_content = content
  local token = content:match("^%s*([%w_-]+%.[%w_-]+%.[%w_-]+)%s*$") or ""
  if token == "" or #token > token_limit then return refuse("token", token_file, "it is no JWT") end
  state.token_expiry = tonumber(converters:jwt_payload_query(token, "$.exp", "int"))
  if token ~= state.token then counts.token.accepted = counts.token.accepted + 1 end
  state.token = token
  core.set_map(map, "token", token)
end

-- Its certificates as a set, and as text without all else: an empty line would end what the admin socket takes for the
-- bundle. Nil and a reason when it holds something else.
local function certificates_of(pem)
  if #pem > file_limit then return nil, "it is larger than 1 MiB" end
  local begins, ends = "-----BEGIN CERTIFICATE-----\n", "\n-----END CERTIFICATE-----\n"
  local found, text = {}, ""
  local rest = (pem:gsub("\r", "") .. "\n"):gsub(begins:gsub("-", "%%-") .. "([%w+/=\n]+)" .. ends:gsub("-", "%%-"), function(base64)
    found[base64:gsub("\n+", "\n")] = true
    return ""
  end)
  for base64 in pairs(found) do text = text .. begins .. base64 .. ends end
  if rest:find("-----BEGIN", 1, true) or rest:find("\0", 1, true) then return nil, "it holds something else, or less, than certificates" end
  if text == "" then return nil, "it holds no certificate" end
  if #text > bundle_limit then return nil, "its certificates have more than 15 000 characters" end
  return found, text
end

-- HAProxy says "Success!" to a commit of nothing as well, so each answer is read.
local function add_servers(name, payload)
  local steps = {
    { "created", "new ssl ca-file %s", name },
    { "transaction created", "set ssl ca-file %s <<\n%s", name, payload },
    { "Success!", "commit ssl ca-file %s", name },
  }
  local options = "ssl verify required ca-file %s verifyhost %s sni str(%s) ssl-min-ver TLSv1.2 no-ssl-reuse pool-max-conn 16 pool-purge-delay 5s"
  for api, port in pairs(upstream_ports) do
    steps[#steps + 1] = { "registered", "add server iotedged/%s-%s %s:%s weight 0 " .. options, api, name, state.address or "0.0.0.0", port, name, host, host }
    steps[#steps + 1] = { "", "enable server iotedged/%s-%s", api, name }
  end
  for _, step in ipairs(steps) do
    local answer = admin(table.unpack(step, 2))
    if not answer:find(step[1], 1, true) then return answer end
  end
end

-- Older bundles. Their servers get no request any more; what is under way on them may end, but for a second only if a root
-- has left. Another address closes their idle connections.
local retired, swaps = {}, 0

local function clear_retired()
  for name, old in pairs(retired) do
    local gone = true
    old.port = 3 - old.port
    for api in pairs(upstream_ports) do
      local server = "iotedged/" .. api .. "-" .. name
      admin("set server %s state maint", server)
      if old.cut_at and core.now().sec >= old.cut_at then admin("shutdown sessions server %s", server) end
      admin("set server %s addr 127.0.0.1 port %d", server, old.port)
      local answer = admin("del server %s", server)
      gone = gone and (answer:find("deleted", 1, true) or answer:find("No such server", 1, true))
    end
    if gone then
      admin("del ssl ca-file %s", name)
      retired[name] = nil
    end
  end
end

local function follow_bundle(converters)
  local content = read(bundle_file, file_limit)
  if content == state.bundle_content then return end
  state.bundle_content = content
  state.reload = { time = os.time(), succeeded = false }
  local certificates, text = certificates_of(content)
  if not certificates then return refuse("bundle", bundle_file, text) end
  local hash = converters:hex(converters:sha2(content, 256)):lower()
  if hash ~= state.hash then
    swaps = swaps + 1
    local name = "bundle" .. swaps
    local problem = add_servers(name, text)
    if problem then
      retired[name] = { port = 1 }
      return refuse("bundle", bundle_file, "HAProxy does not accept it: " .. problem)
    end
    core.set_map(map, "bundle", hash)
    for api in pairs(upstream_ports) do core.set_map(map, api, api .. "-" .. name) end
    if state.bundle then retired[state.bundle] = { port = 1 } end
    for certificate in pairs(state.certificates) do
      if not certificates[certificate] then
        for _, old in pairs(retired) do old.cut_at = old.cut_at or core.now().sec + 1 end
      end
    end
    state.bundle, state.hash, state.certificates, state.probe_at = name, hash, certificates, 0
    counts.bundle.accepted = counts.bundle.accepted + 1
    log("info", "trust bundle %s is in use, %d bytes, SHA-256 %s", bundle_file, #content, hash)
  end
  state.reload.succeeded = true
end

-- A name without dots is one of the pod's own namespace, whose domain is the first one to search in.
local function complete_name()
  local domain = read("/etc/resolv.conf", 65536):match("\n?search[ \t]+(%S+)")
  if domain and not host:find(".", 1, true) then admin("set server address/iotedged fqdn %s.%s", host, domain) end
end

local function follow_address()
  local address = core.backends.address.servers.iotedged:get_addr():match("^%[?(.-)%]?:1$")
  if not address or address == "0.0.0.0" or address == state.address then return end
  state.address = address
  for api, port in pairs(state.bundle and upstream_ports or {}) do
    admin("set server iotedged/%s-%s addr %s port %s", api, state.bundle, address, port)
  end
  log("info", "%s is at %s", host, address)
end

-- Whether requests may pass, and whether the pod is ready. Once iotedged was reached, its absence takes no module's pod
-- out of its Service.
local function open_or_close()
  local expired = state.token_expiry and os.time() >= state.token_expiry
  local missing = not state.hash and "trust-bundle" or not state.address and "address"
    or expired and "token-expired" or not state.token and "token" or nil
  if missing and missing ~= state.missing then log(expired and "error" or "info", "%s", messages[missing]) end
  state.missing = missing
  local unready = missing or not state.reached and (state.refused and "token-refused" or "upstream") or nil
  for key, value in pairs({ message = messages[missing] or "", missing = missing or "", unready = unready or "" }) do
    if value == "" then core.del_map(map, key) else core.set_map(map, key, value) end
  end
end

local looking = false
local function look(converters)
  while looking do core.msleep(10) end
  looking = true
  -- One that fails must not keep the others from being done, now and with the next look.
  for _, step in ipairs({ follow_token, follow_bundle, clear_retired, follow_address, open_or_close }) do
    local done, problem = pcall(step, converters)
    if not done then log("error", "%s", problem) end
  end
  looking = false
end

-- HAProxy has its converters for requests alone: so the task asks for one. A second try looks as well.
core.register_action("look", { "http-req" }, function(txn) look(txn.c) end)
core.register_service("look", "http", function(applet)
  look(applet.c)
  -- What is free goes back to the kernel: HAProxy does that when it has cleared a map. No entry has this version.
  collectgarbage()
  admin("clear map @1 %s", map)
  applet:set_status(204)
  applet:start_response()
end)

core.register_task(function()
  -- HAProxy 2.6 may crash at its end when it just kept a connection to iotedged. So a connection to its own admin socket
  -- holds it back, and it is ended here once the last request is done.
  local hold = core.tcp()
  hold:settimeout(2 ^ 20)
  hold:connect("unix@" .. scratch .. "/admin.sock")
  hold:send("prompt\n")
  complete_name()
  while true do
    local module = core.frontends.module:get_stats()
    if module.status ~= "STOP" then pcall(get, "/look") elseif module.scur == 0 then os.exit(0) end
    core.msleep(1000)
  end
end)

-- So that iotedged knows of the bundle that is loaded. The module waits for the first answer; what follows is news, which a
-- thousand proxies are not to tell at once.
local function tell_iotedged()
  local status = get(probe_path, { ["user-agent"] = { "iotedge-proxy" } }).status
  state.refused = status == 401 or status == 403
  local answered = status >= 200 and status < 500 and not state.refused
  state.reached = state.reached or answered
  state.failures = answered and 0 or state.failures + 1
  local pause = state.reached and math.min(2 ^ (state.failures - 1), 30) * (1 - math.random() / 2) or 1
  -- iotedged forgets what it was told when it starts anew.
  state.probe_at = os.time() + (answered and 300 or pause)
end

core.register_task(function()
  math.randomseed(core.now().usec)
  while true do
    if state.hash and not state.missing and os.time() >= state.probe_at then pcall(tell_iotedged) end
    core.msleep(200)
  end
end)

local function answer(applet, content_type, body)
  applet:set_status(200)
  applet:add_header("content-type", content_type)
  applet:add_header("content-length", tostring(#body))
  applet:start_response()
  if applet.method ~= "HEAD" then applet:send(body) end
end

core.register_service("status", "http", function(applet)
  answer(applet, "application/json", string.format(
    '{"trustBundle":%s,"tokenNotAfter":%s,"missing":"%s","iotedgedReached":%s,"lastReload":{"time":%d,"succeeded":%s}}\n',
    state.hash and '"' .. state.hash .. '"' or "null", state.token_expiry or "null", state.missing or "", state.reached,
    state.reload.time, state.reload.succeeded))
end)

local metrics = [[
# HELP iotedge_proxy_token_not_after_seconds When the token expires; 0 when that is unknown.
# TYPE iotedge_proxy_token_not_after_seconds gauge
iotedge_proxy_token_not_after_seconds %d
# HELP iotedge_proxy_token_changes_total Changes of the mounted token.
# TYPE iotedge_proxy_token_changes_total counter
iotedge_proxy_token_changes_total{result="accepted"} %d
iotedge_proxy_token_changes_total{result="rejected"} %d
# HELP iotedge_proxy_trust_bundle_changes_total Changes of the mounted trust bundle.
# TYPE iotedge_proxy_trust_bundle_changes_total counter
iotedge_proxy_trust_bundle_changes_total{result="accepted"} %d
iotedge_proxy_trust_bundle_changes_total{result="rejected"} %d
# HELP iotedge_proxy_trust_bundle_info The trust bundle in use, by the SHA-256 of its file.
# TYPE iotedge_proxy_trust_bundle_info gauge
iotedge_proxy_trust_bundle_info{sha256="%s"} 1
]]

core.register_service("metrics", "http", function(applet)
  local own = metrics:format(state.token_expiry or 0, counts.token.accepted, counts.token.rejected,
    counts.bundle.accepted, counts.bundle.rejected, state.hash or "")
  answer(applet, "text/plain; version=0.0.4", own .. get("/metrics?scope=global&scope=frontend").body)
end)
