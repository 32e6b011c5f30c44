"use strict";
// Forms and buttons of the sandbox's page: each sends one control request as JSON and shows the page anew.
const said = document.getElementById("said");

function say(text, isRefused) {
  said.textContent = text;
  said.classList.toggle("refused", isRefused);
}

function remember(element, done) {
  const open = [...document.querySelectorAll("details[open]")].map((details) => details.id);
  const holder = element.closest("[id]");
  sessionStorage.setItem("after", JSON.stringify({ done, open, focus: holder && holder.id }));
}

async function send(element, body) {
  const { method = "POST", post, done } = element.dataset;
  try {
    const answer = await fetch(`/_sandbox/${post}`, {
      method,
      headers: { "Content-Type": "application/json" },
      body: method === "POST" ? JSON.stringify(body) : undefined,
    });
    if (!answer.ok) {
      say(`Refused: ${(await answer.json()).error}`, true);
      return;
    }
    remember(element, done);
    location.reload();
  } catch (error) {
    say(`The sandbox does not answer: ${error.message}`, true);
  }
}

function valueOf(input) {
  const text = input.value;
  switch (input.dataset.type) {
    case "number":
      return text === "" ? null : Number(text);
    case "json":
      return JSON.parse(text);
    case "optional":
      return text === "" ? null : text;
    default:
      return text;
  }
}

function bodyOf(form) {
  if (form.dataset.join) {
    const ticked = [...form.querySelectorAll("input:checked")].map((input) => input.value);
    return { [form.dataset.join]: ticked.length ? ticked.join("+") : null };
  }
  const inputs = [...form.elements].filter((input) => input.name && !input.matches(":disabled"));
  const stated = inputs.filter((input) => !(form.dataset.sparse && input.value === ""));
  return Object.fromEntries(stated.map((input) => [input.name, valueOf(input)]));
}

document.addEventListener("submit", (event) => {
  event.preventDefault();
  try {
    send(event.target, bodyOf(event.target));
  } catch (error) {
    say(`This is not JSON, such as 20, "text" or ["users"]: ${error.message}`, true);
  }
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-post]");
  if (button) send(button, JSON.parse(button.dataset.body || "{}"));
});

// Only the parameters of the chosen kind of fault are shown and sent.
const kind = document.getElementById("kind");
function showParameters() {
  for (const group of document.querySelectorAll("[data-kind]")) {
    group.hidden = group.disabled = group.dataset.kind !== kind.value;
  }
}
kind.addEventListener("change", showParameters);
showParameters();

const after = JSON.parse(sessionStorage.getItem("after") || "null");
sessionStorage.removeItem("after");
if (after) {
  for (const id of after.open) document.getElementById(id)?.setAttribute("open", "");
  say(after.done || "Done.", false);
  const holder = after.focus && document.getElementById(after.focus);
  if (holder) (holder.querySelector("button, input, select") || holder).focus();
}
