// Uploads with one bar a file.
//
// A zone is an element with data-upload (the address), a file field and a [data-upload-list]; dropping.js brings it files
// too. When a picture has arrived the zone fires "picture-added" with the server's record, and whoever cannot choose it
// prevents the default; when an upload has ended, well or not, the zone fires "upload-ended".

const AT_ONCE = 2;
// An upload of which nothing is heard for so long is stuck.
const PATIENCE = 60_000;
const zones = [...document.querySelectorAll("[data-upload]")];
// Those waiting and those that have a request, first come, first sent.
const underWay = new Set();

function fileField(zone) {
  return zone.querySelector("input[type=file]");
}

function takesOne(zone) {
  return !fileField(zone).multiple;
}

function addFiles(zone, files) {
  // Where one is chosen, the next file takes the place of a refused one.
  if (files.length && takesOne(zone)) zone.querySelectorAll(".upload.refused").forEach((entry) => entry.remove());
  for (const file of files) {
    const upload = { zone, file, entry: showEntry(zone, file) };
    const limit = Number(zone.dataset.maxBytes);
    if (limit && file.size > limit) refuse(upload, zone.dataset.maxMessage);
    else begin(upload);
  }
}

function showEntry(zone, file) {
  const entry = document.createElement("li");
  const name = Object.assign(document.createElement("span"), { className: "upload-name", textContent: file.name });
  const message = Object.assign(document.createElement("span"), { className: "upload-message" });
  const actions = Object.assign(document.createElement("span"), { className: "upload-actions" });
  entry.append(name, message, actions);
  zone.querySelector("[data-upload-list]").append(entry);
  return entry;
}

// The buttons of an entry; the keyboard does not lose its place when they change.
function offer({ zone, file, entry }, actions) {
  const place = entry.querySelector(".upload-actions");
  const hadFocus = place.contains(document.activeElement);
  const buttons = Object.entries(actions).map(([label, act]) => {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "quiet" });
    button.textContent = label;
    button.setAttribute("aria-label", `${label}: ${file.name}`);
    button.addEventListener("click", act);
    return button;
  });
  place.replaceChildren(...buttons);
  if (hadFocus) (buttons[0] ?? fileField(zone)).focus({ preventScroll: true });
}

function begin(upload) {
  const { zone, file, entry } = upload;
  const bar = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
  bar.setAttribute("aria-label", `Upload of ${file.name}`);
  entry.className = "upload under-way";
  entry.querySelector(".upload-message").textContent = "";
  entry.append(bar);
  Object.assign(upload, { request: null, isOvertaken: false, isStuck: false, isRenewed: false });
  if (takesOne(zone)) overtakeAllOf(zone);
  underWay.add(upload);
  offer(upload, { Cancel: () => cancel(upload) });
  show(entry);
  next();
}

// Where one is chosen, the choice made last counts: a picture here, or a file that was brought later.
function overtakeAllOf(zone) {
  for (const upload of underWay) if (upload.zone === zone) upload.isOvertaken = true;
}

// The bar at the bottom of a form may lie over it.
function show(entry) {
  entry.scrollIntoView({ block: "nearest" });
}

function next() {
  const all = [...underWay];
  const running = all.filter(({ request }) => request).length;
  all
    .filter(({ request }) => !request)
    .slice(0, AT_ONCE - running)
    .forEach(send);
}

function send(upload) {
  const { zone, file, entry } = upload;
  const body = new FormData();
  body.append("csrfmiddlewaretoken", zone.closest("form").querySelector("[name=csrfmiddlewaretoken]").value);
  body.append("files", file, file.name);
  const request = (upload.request = new XMLHttpRequest());
  request.open("POST", zone.dataset.upload);
  request.setRequestHeader("Accept", "application/json");
  const bar = entry.querySelector("progress");
  request.upload.addEventListener("progress", (event) => {
    awaitNews(upload);
    if (event.lengthComputable) bar.value = event.loaded / event.total;
  });
  request.upload.addEventListener("load", () => {
    awaitNews(upload);
    bar.removeAttribute("value");
    entry.querySelector(".upload-message").textContent = "Checking …";
  });
  request.addEventListener("loadend", () => {
    clearTimeout(upload.timer);
    answered(upload);
  });
  awaitNews(upload);
  request.send(body);
}

function awaitNews(upload) {
  clearTimeout(upload.timer);
  upload.timer = setTimeout(() => {
    upload.isStuck = true;
    upload.request.abort();
  }, PATIENCE);
}

async function answered(upload) {
  if (upload.request.status === 403 && !upload.isRenewed) {
    upload.isRenewed = true;
    const renewed = await renewTokens();
    if (renewed && underWay.has(upload)) return send(upload);
  }
  // One that was cancelled has ended already.
  if (underWay.delete(upload)) settle(upload);
  next();
}

// Whoever signs in again, as in another tab, has other tokens; the page as it is now has them. It is another person's
// page where another person signed in.
async function renewTokens() {
  const asked = fetch(window.location.href, { signal: AbortSignal.timeout(PATIENCE) });
  const anew = await asked.then((answer) => answer.text()).catch(() => "");
  const page = new DOMParser().parseFromString(anew, "text/html");
  const token = page.querySelector("[name=csrfmiddlewaretoken]")?.value;
  const name = page.querySelector(".account-name")?.textContent;
  if (!token || (name && name !== document.querySelector(".account-name")?.textContent)) return false;
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
  return true;
}

function settle(upload) {
  const { status, responseText } = upload.request;
  const answer = parsed(responseText);
  if (status === 201 && answer) return settleAdded(upload, answer);
  if (upload.isStuck) return fail(upload, "Nothing was heard of it for a minute.");
  if (status === 0) return fail(upload, "The connection was lost.");
  if (status === 403) return fail(upload, "You signed in since this page was opened; load it anew, then upload.");
  const message = answer?.message ?? `The server answered ${status}.`;
  if (status === 401) return fail(upload, message, { "Sign in": () => signIn(upload) });
  if (status === 429 || status >= 500) fail(upload, message);
  else refuse(upload, message);
}

function settleAdded(upload, picture) {
  const { zone, isOvertaken } = upload;
  const added = new CustomEvent("picture-added", { bubbles: true, cancelable: true, detail: { picture, isOvertaken } });
  if (!zone.dispatchEvent(added)) {
    const { max } = zone.closest("[data-max]").dataset;
    return finish(upload, "unchosen", `Added, but not chosen: ${max} are chosen already.`);
  }
  if (isOvertaken) finish(upload, "overtaken", "Added, but not chosen: another was chosen since.");
  else finish(upload, "done", "Added");
}

// Nothing is wrong with the file as far as one knows.
function fail(upload, message, first = {}) {
  offer(upload, { ...first, "Try again": () => begin(upload), Dismiss: () => dismiss(upload) });
  finish(upload, "failed", message);
}

// A form that is sent without a session leads back here by way of signing in, with all that was chosen.
function signIn({ zone }) {
  const way = { name: "action", value: "upload", formNoValidate: true, hidden: true };
  const button = Object.assign(document.createElement("button"), way);
  zone.closest("form").append(button);
  button.click();
}

function refuse(upload, message) {
  offer(upload, { Dismiss: () => dismiss(upload) });
  finish(upload, "failed refused", message);
}

function finish(upload, state, message) {
  const { entry } = upload;
  if (!state.startsWith("failed")) offer(upload, {});
  entry.className = `upload ${state}`;
  entry.querySelector("progress")?.remove();
  entry.querySelector(".upload-message").textContent = message;
  if (state !== "done") show(entry);
  tellEnd(upload, state);
}

function cancel(upload) {
  underWay.delete(upload);
  upload.request?.abort();
  dismiss(upload);
  tellEnd(upload, "cancelled");
  next();
}

function dismiss(upload) {
  offer(upload, {});
  upload.entry.remove();
}

// Missed is a picture that was to be chosen and is not.
function tellEnd({ zone, isOvertaken }, state) {
  const isAdded = ["done", "overtaken", "unchosen"].includes(state);
  const detail = { isAdded, isMissed: state !== "done" && !isOvertaken };
  zone.dispatchEvent(new CustomEvent("upload-ended", { bubbles: true, detail }));
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

for (const zone of zones) {
  const field = fileField(zone);
  zone.addEventListener("files-brought", (event) => addFiles(zone, event.detail));
  field.addEventListener("change", () => {
    addFiles(zone, [...field.files]);
    // The files are on their way; a submitted form must not carry them again.
    field.value = "";
  });
}

document.addEventListener("change", ({ isTrusted, target }) => {
  const zone = isTrusted && target.type === "radio" && target.closest("[data-choices]")?.querySelector("[data-upload]");
  if (zone) overtakeAllOf(zone);
});

window.addEventListener("beforeunload", (event) => {
  if (underWay.size) event.preventDefault();
});
