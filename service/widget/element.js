// <sustainer-donate>: the reader chooses, one request opens Stripe's page, and the browser goes there.

const DEPARTURE = 8000;

let look;
try {
  look = new CSSStyleSheet();
  look.replaceSync(options.css);
} catch {
  look = null;
}

class SustainerDonate extends HTMLElement {
  #parts;
  #attempt;
  // What the attempt asks for: a retry is the same attempt, another choice is another.
  #asked;
  // To Stripe's page, with this attempt.
  #led = false;
  #busy = false;
  // From the back-forward cache the page comes as it was left: with a busy button.
  #awake = ({ persisted }) => persisted && this.#working(false);

  connectedCallback() {
    addEventListener("pageshow", this.#awake);
    if (this.shadowRoot) return;
    const root = this.attachShadow({ mode: "open" });
    if (look && root.adoptedStyleSheets) root.adoptedStyleSheets = [look];
    else root.append(make("style", null, options.css));
    this.#parts = draw();
    root.append(this.#parts.form);
    this.#begin();
    const { form } = this.#parts;
    form.addEventListener("input", ({ target }) => this.#changed(target));
    form.addEventListener("submit", (event) => this.#submit(event));
  }

  disconnectedCallback() {
    removeEventListener("pageshow", this.#awake);
  }

  // What the attributes wish for, as far as it is on offer.
  #begin() {
    const { often, own, currency } = this.#parts;
    const wished = (name) => (this.getAttribute(name) || "").toLowerCase();
    currency.value = wished("currency");
    if (!currency.value) currency.value = options.currency;
    const radio = (code) => [...often.querySelectorAll("input")].find(({ value }) => value == code);
    (radio(wished("frequency")) || radio(options.frequency)).checked = true;
    const amount = +wished("amount");
    this.#offer(amount);
    const choice = this.#choice();
    if (amount && amount != choice.amount && !this.#wrong({ ...choice, amount })) {
      own.value = figures(amount, choice.currency, false);
      this.#offer();
    }
    this.#say();
  }

  #choice() {
    const { often, presets, own, currency: select } = this.#parts;
    const code = often.querySelector(":checked").value;
    const at = options.frequencies.findIndex(([each]) => each == code);
    const currency = options.currencies.find((each) => each.code == select.value);
    const chosen = presets.querySelector(":checked");
    const amount = own.value.trim() ? read(own.value, currency) : chosen ? +chosen.value : 0;
    return { code, at, currency, amount };
  }

  // The presets of the frequency and the currency; none is chosen beside an amount of the reader's own.
  #offer(amount) {
    const { presets, own, before, after, id } = this.#parts;
    const { at, currency } = this.#choice();
    const choices = currency.presets[at].map((each, n) => [each, currency.texts[at][n]]);
    const known = currency.presets[at].indexOf(amount);
    const chosen = own.value.trim() ? -1 : known < 0 ? currency.chosen[at] : known;
    presets.replaceChildren(...radios(id + "amount", choices, chosen));
    [before.textContent, after.textContent] = affixes(currency).map((sign) => sign.trim());
  }

  #changed(target) {
    const { presets, own } = this.#parts;
    if (presets.contains(target)) own.value = "";
    else this.#offer();
    this.#complain("");
    this.#tell("");
    this.#say();
  }

  #wrong({ amount, currency, at } = this.#choice()) {
    const { minimum, maximum, step } = currency;
    let why, limit;
    if (isNaN(amount)) why = "unreadable";
    else if (!amount && !this.#parts.own.value.trim()) why = "missing";
    else if (amount < minimum) [why, limit] = ["minimum", minimum];
    else if (amount > maximum) [why, limit] = ["maximum", maximum];
    else if (amount % step) [why, limit] = ["step", step];
    else return "";
    const example = figures(currency.presets[at][currency.chosen[at]], currency, false);
    return said(options.refusals[why], limit ? written(limit, currency) : example);
  }

  // What will be paid, as soon as it can be paid.
  #say() {
    const { at, currency, amount } = this.#choice();
    const sentence = said(options.frequencies[at][2], written(amount, currency));
    this.#parts.promise.textContent = this.#wrong() ? "" : sentence;
  }

  #complain(sentence) {
    const { error, own } = this.#parts;
    error.textContent = sentence;
    own.setAttribute("aria-invalid", !!sentence);
  }

  // What became of the request; the plain page is the way that is always left.
  #tell(sentence, wayOut) {
    const { notice, methods } = this.#parts;
    notice.replaceChildren(sentence);
    if (wayOut) notice.append(" ", make("a", { href: this.#plainPage() }, options.words.plain));
    methods.hidden = !!sentence;
  }

  #plainPage() {
    const { frequency, amount, currency, locale, attribution } = this.#wish();
    const { article, widget, ...known } = attribution;
    return `${base}donate?${new URLSearchParams({ frequency, amount, currency, locale, ...known })}`;
  }

  #wish() {
    const { code: frequency, amount, currency } = this.#choice();
    const query = new URLSearchParams(location.search);
    const utm = ["source", "medium", "campaign", "content", "term"].map((name) => "utm_" + name);
    const attribution = {
      article: cut(location.origin + location.pathname, 500),
      campaign: cut(this.getAttribute("campaign")),
      widget: cut(this.id),
      ...Object.fromEntries(utm.map((name) => [name, cut(query.get(name))])),
    };
    const locale = this.getAttribute("locale") || options.locale;
    return { frequency, amount, currency: currency.code, locale, attribution: filled(attribution) };
  }

  async #submit(event) {
    event.preventDefault();
    if (this.#busy) return;
    const wrong = this.#wrong();
    this.#tell("");
    this.#complain(wrong);
    if (wrong) return this.#parts.own.focus();
    const wish = this.#wish();
    const asked = JSON.stringify(wish);
    if (asked != this.#asked) this.#anew(asked);
    this.#working(true);
    let [status, body] = await post({ ...wish, attempt: this.#attempt });
    if (status == 409 && !this.#led) {
      // Spent without ever leading to a page: it failed at Stripe, so nothing can have been paid.
      this.#anew(asked);
      [status, body] = await post({ ...wish, attempt: this.#attempt });
    }
    // Whoever chose anew in the meantime is not led to a page for the old choice.
    if (asked != JSON.stringify(this.#wish())) return this.#working(false);
    if (!body.url) return this.#refused(status, body);
    this.#led = true;
    location.assign(body.url);
    setTimeout(() => this.#working(false), DEPARTURE);
  }

  #anew(asked) {
    [this.#asked, this.#attempt, this.#led] = [asked, uuid(), false];
  }

  #refused(status, { errors = {}, detail }) {
    const { own } = this.#parts;
    const { words } = options;
    this.#working(false);
    const [reason] = errors.amount || errors.currency || [];
    if (reason) {
      this.#complain(reason);
      own.focus();
    } else if (status == 409) {
      // The attempt is spent; only another press of the button makes another.
      this.#asked = "";
      this.#tell(`${detail} ${words.again}`);
    } else {
      this.#tell((status < 500 && detail) || words.away, true);
    }
  }

  #working(busy) {
    const { button } = this.#parts;
    this.#busy = busy;
    button.setAttribute("aria-disabled", busy);
    button.textContent = options.words[busy ? "opening" : "continue"];
  }
}

const registry = window.customElements;
if (registry && !registry.get("sustainer-donate")) registry.define("sustainer-donate", SustainerDonate);
