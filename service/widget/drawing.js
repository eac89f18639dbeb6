// What the element draws, built node by node: no markup in strings, so no page's policy stands against it.

let drawn = 0;

const make = (tag, attributes, ...children) => {
  const node = document.createElement(tag);
  for (const name in attributes) if (attributes[name] != null) node.setAttribute(name, attributes[name]);
  node.append(...children);
  return node;
};

const radios = (name, choices, chosen) =>
  choices.map(([value, text], at) => {
    const input = make("input", { type: "radio", name, value, checked: at == chosen ? "" : null });
    return make("label", null, input, make("span", null, text));
  });

const group = (name, legend) => {
  const row = make("div", { class: name });
  return [row, make("fieldset", null, make("legend", null, legend), row)];
};

const draw = () => {
  const id = `sustainer-${++drawn}`;
  const { words } = options;
  const parts = { id };
  const put = (name, tag, attributes, ...children) =>
    (parts[name] = make(tag, { part: name, class: name, ...attributes }, ...children));

  const [often, frequencies] = group("segments", words.frequency);
  const [presets, amounts] = group("presets", words.amount);
  Object.assign(parts, { often, presets });
  often.append(...radios(id + "often", options.frequencies.map(([code, label]) => [code, label]), -1));

  put("own", "input", {
    id: id + "own", inputmode: "decimal", autocomplete: "off", maxlength: 40, "aria-describedby": id + "error",
  });
  put("before", "span", { "aria-hidden": true });
  put("after", "span", { "aria-hidden": true });
  const field = make("div", { class: "field" },
    make("label", { for: id + "own" }, words.own),
    make("div", { class: "box" }, parts.before, parts.own, parts.after),
    put("error", "p", { id: id + "error", role: "alert" }));

  put("currency", "select", { id: id + "currency" },
    ...options.currencies.map(({ code, name }) => make("option", { value: code }, `${code.toUpperCase()} – ${name}`)));
  const currency = make("div", { class: "field" },
    make("label", { for: id + "currency" }, words.currency), parts.currency);

  put("promise", "p", { "aria-live": "polite" });
  put("button", "button", null, words.continue);
  put("methods", "div", null,
    make("ul", { "aria-hidden": true },
      ...["Visa", "Mastercard", "Amex", "Apple Pay", "Google Pay", "SEPA"].map((mark) => make("li", null, mark))),
    make("p", null, words.methods),
    ...options.features.map(({ label, path }) => make("p", null, make("a", { href: base + path }, label))));
  put("notice", "p", { role: "alert" });

  const title = words.title.replace("{newsroom}", options.newsroom);
  put("form", "form", { novalidate: "", "aria-label": title, lang: words.language, dir: options.direction },
    make("p", { class: "title", part: "title" }, title),
    frequencies, amounts,
    make("div", { class: "own-row" }, field, ...(options.currencies.length > 1 ? [currency] : [])),
    parts.promise, parts.button,
    make("div", { class: "foot" }, parts.notice, parts.methods));
  return parts;
};
