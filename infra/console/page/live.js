// What a page of the console does in the browser: it follows what the server tells, and the log where it shows one.

/** What came first is left out of a longer log. */
const maxPieces = 4000;
const policy = globalThis.trustedTypes?.createPolicy("console", { createHTML: (text) => text });
const connection = document.getElementById("connection");
const live = document.getElementById("live");
const log = document.getElementById("log");

/** Makes one node's content that of another, and leaves alone what is the same: focus, selection and scrolling stay. */
function morph(present, wanted) {
  const all = [...wanted.childNodes];
  for (const [index, next] of all.entries()) {
    const old = present.childNodes[index];
    if (old === undefined) present.append(next);
    else if (!isAlike(old, next)) old.replaceWith(next);
    else if (next.nodeType === Node.TEXT_NODE) {
      if (old.data !== next.data) old.data = next.data;
    } else {
      copyAttributes(old, next);
      morph(old, next);
    }
  }
  while (present.childNodes.length > all.length) present.lastChild.remove();
}

function isAlike(one, other) {
  return one.nodeName === other.nodeName && one.dataset?.key === other.dataset?.key;
}

function copyAttributes(to, from) {
  for (const { name } of [...to.attributes]) if (name !== "open" && !from.hasAttribute(name)) to.removeAttribute(name);
  for (const { name, value } of from.attributes) if (to.getAttribute(name) !== value) to.setAttribute(name, value);
}

function say(element, text) {
  if (element !== null && element.textContent !== text) element.textContent = text;
}

/** Follows the page while somebody looks at it: a browser has few connections for all of its tabs. */
function followPage() {
  let source;
  const open = () => {
    source = new EventSource(live.dataset.live);
    source.addEventListener("page", ({ data }) => {
      const text = JSON.parse(data);
      const { body } = new DOMParser().parseFromString(policy?.createHTML(text) ?? text, "text/html");
      morph(live, body);
      say(connection, "Follows what happens");
    });
    source.addEventListener("end", () => {
      source.close();
      say(connection, "The console has ended");
    });
    source.addEventListener("error", () => {
      const isOver = source.readyState === EventSource.CLOSED;
      say(
        connection,
        isOver ? "Does not follow: reload the page, or close other tabs of it" : "Connection lost; tries again",
      );
    });
  };
  document.addEventListener("visibilitychange", () => {
    source?.close();
    if (!document.hidden) open();
  });
  if (!document.hidden) open();
}

function followLog() {
  const state = document.getElementById("log-state");
  const source = new EventSource(log.dataset.log);
  const end = (text) => {
    source.close();
    say(state, text);
  };
  source.addEventListener("open", () => say(state, "Follows the log"));
  source.addEventListener("lines", ({ data }) => {
    const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    log.append(JSON.parse(data));
    while (log.childNodes.length > maxPieces) log.firstChild.remove();
    if (isAtEnd) log.scrollTop = log.scrollHeight;
  });
  source.addEventListener("over", ({ data }) => end(JSON.parse(data)));
  source.addEventListener("end", () => end("The console has ended"));
  // It would begin anew, and say all again.
  source.addEventListener("error", () => end("The log is not followed any more: reload the page"));
}

if (live !== null) followPage();
if (log !== null) followLog();
