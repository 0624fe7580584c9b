// The page of a job, an experiment or a training: shows a new preview only when it has arrived, tells screen readers
// seldom, asks seldom in the background.

const picture = document.querySelector("[data-job-picture]");
const announcement = document.querySelector("[data-job-announcement]");
const offline = document.querySelector("[data-job-offline]");
const HIDDEN_PAUSE = 10_000;
let lastAsked = 0;

async function showPicture({ picture: address, pictureAlt: alt }) {
  if (!picture || !address || picture.getAttribute("src") === address) return;
  const next = new Image();
  next.src = address;
  try {
    await next.decode();
  } catch {
    return;
  }
  picture.removeAttribute("srcset");
  Object.assign(picture, { src: address, width: next.naturalWidth, height: next.naturalHeight });
  if (alt) picture.alt = alt;
}

function announce(panel) {
  const bar = panel.querySelector("progress");
  const words = panel.querySelector("[data-announce]")?.textContent
    ?? `${panel.dataset.doing}, ${Math.floor(bar.position * 10) * 10} percent done`;
  if (announcement.textContent !== words) announcement.textContent = words;
}

document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id !== "job-panel") return;
  if (document.hidden && Date.now() - lastAsked < HIDDEN_PAUSE) event.preventDefault();
  else lastAsked = Date.now();
});

// What came out takes the place of this page in the history, so that one step back leads to where it was asked for.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const address = event.detail.xhr.getResponseHeader("X-Result");
  if (event.detail.target.id !== "job-panel" || !address) return;
  event.detail.shouldSwap = false;
  window.location.replace(address);
});

document.body.addEventListener("htmx:sendError", () => {
  offline.hidden = false;
});

// Deleted in another window: the page of the job says so itself.
document.body.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status === 404) window.location.reload();
  else offline.hidden = false;
});

document.body.addEventListener("htmx:afterSwap", () => {
  offline.hidden = true;
  const panel = document.getElementById("job-panel");
  // Something else stands in its place where one was signed out meanwhile.
  if (!panel) return;
  showPicture(panel.dataset);
  announce(panel);
});
