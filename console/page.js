// What every part of the page is made of.

export const $ = (id) => document.getElementById(id);

// Runs what a button or form does, and shows why it was refused.
export const guard = (action) => async (event) => {
  event?.preventDefault();
  $("message").textContent = "";
  await Promise.resolve(event).then(action).catch((error) => { $("message").textContent = error.message; });
};

export function element(tag, text, ...children) {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

export function button(text, action, look = "quiet") {
  const made = element("button", text);
  made.type = "button";
  made.className = look;
  made.addEventListener("click", guard(action));
  return made;
}

// Asks once more before what cannot be taken back.
export const risky = (text, question, action) =>
  button(text, async () => { if (confirm(question)) await action(); });

export function row(...cells) {
  return element("tr", "", ...cells.map((cell) => (cell instanceof Node ? element("td", "", cell) : element("td", `${cell ?? ""}`))));
}

export const when = (time) => (time ? new Date(time).toLocaleString([], { dateStyle: "medium", timeStyle: "short" }) : "");

// A list in pages: `show` gets the items of each, and the button below asks for the next.
export function paged(body, more, load, show) {
  let cursor = null;
  const next = async () => {
    const page = await load(cursor);
    if (cursor === null) body.replaceChildren();
    body.append(...page.items.map(show));
    cursor = page.next_cursor;
    more.hidden = cursor === null;
  };
  more.onclick = guard(next);
  return () => { cursor = null; return next(); };
}
