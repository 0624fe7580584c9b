// What every page shares: refusals that are read first, menus that close, buttons that are pressed once, links that are copied.

const SENT_PAUSE = 10_000;

document.querySelector("[data-refusal]")?.focus();

const accountMenu = document.querySelector(".account-menu");

if (accountMenu) {
  document.addEventListener("click", (event) => {
    if (!accountMenu.contains(event.target)) accountMenu.open = false;
  });
  accountMenu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !accountMenu.open) return;
    accountMenu.open = false;
    accountMenu.querySelector("summary").focus();
  });
}

// A form on its way is not sent again. The server recognises a second request too; this spares the wait.
document.addEventListener("submit", (event) => {
  const form = event.target;
  // Not form.method, which is a field of that name where there is one.
  if (form.getAttribute("method") !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-disabled", "true");
  // Files may take minutes, and would begin anew.
  if (carriesFiles(form)) showUploading(event.submitter);
  else setTimeout(allowAgain, SENT_PAUSE, form);
});

function carriesFiles(form) {
  return [...form.querySelectorAll("input[type=file]")].some((field) => field.files.length);
}

function showUploading(button) {
  if (!button) return;
  button.dataset.label = button.textContent;
  button.textContent = "Uploading …";
}

function allowAgain(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("button[aria-disabled]")) button.removeAttribute("aria-disabled");
  for (const button of form.querySelectorAll("button[data-label]")) {
    button.textContent = button.dataset.label;
    delete button.dataset.label;
  }
}

function allowAllAgain() {
  document.querySelectorAll("form[data-sent]").forEach(allowAgain);
}

// Whoever stops the page from loading may send the form again; older browsers do not tell, there it is loaded anew.
window.navigation?.addEventListener("navigateerror", allowAllAgain);

// Coming back with the browser's button shows the page as it was left: make it usable again.
window.addEventListener("pageshow", allowAllAgain);

// A link that loads a part of the page leads to a page of its own where that fails; an estimate of other settings is none.
for (const failure of ["htmx:sendError", "htmx:responseError"]) {
  document.body.addEventListener(failure, ({ target }) => {
    if (target.matches("a[href]")) window.location.assign(target.href);
    if (target.matches(".estimate")) target.textContent = "How long it takes cannot be told just now.";
  });
}

// The visit that led here knows what was filled in; another one of the same page does not.
document.querySelector("[data-back]")?.addEventListener("click", (event) => {
  event.preventDefault();
  history.back();
});

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = "Copied";
    } catch {
      // Clipboards are for pages served over https; the text stays selected for the keyboard.
      button.textContent = "Selected: press Ctrl+C";
    }
  });
}
