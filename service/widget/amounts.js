// Amounts as a reader writes them, read to minor units: the rules of donations/amounts.py.

const plain = (text) =>
  text
    .normalize("NFKC")
    .replace(/[٠-٩۰-۹]/g, (figure) => figure.charCodeAt() & 15)
    .replace(/[\s'’٬\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "")
    .toLowerCase();

// The server wrote the presets; what stands around their figures is how this currency is written.
const affixes = (currency) => currency.texts[0][0].match(/^(\D*)\d.*?(\D*)$/).slice(1);

const bare = (text, currency) => {
  let figures = plain(text);
  for (const sign of [...affixes(currency).map(plain), currency.code]) {
    if (sign && figures.startsWith(sign)) figures = figures.slice(sign.length);
    if (sign && figures.endsWith(sign)) figures = figures.slice(0, -sign.length);
  }
  return figures.replace("٫", options.mark);
};

// NaN for what is no amount, or not surely one.
const read = (text, currency) => {
  const mark = options.mark;
  const other = mark == "," ? "." : ",";
  const whole = (group) => `^(\\d+|\\d{1,3}(?:[${group}]\\d{2,3})*[${group}]\\d{3})`;
  const readings = currency.decimals
    ? [`${whole(other)}(?:[${mark}](\\d{1,${currency.decimals}}))?$`, `${whole(mark)}[${other}](\\d{1,2})$`]
    : [`${whole(other)}$`];
  const figures = bare(text, currency);
  const found = readings.map((reading) => figures.match(reading)).find(Boolean);
  return found ? +(found[1].replace(/\D/g, "") + (found[2] || "").padEnd(currency.places, "0")) : NaN;
};

const figures = (amount, currency, useGrouping) => {
  const unit = 10 ** currency.places;
  const decimals = amount % unit ? currency.decimals : 0;
  return new Intl.NumberFormat(options.locale + "-u-nu-latn", {
    useGrouping,
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  }).format(amount / unit);
};

// Not by replace(), to which "$" in an amount has a meaning.
const said = (sentence, amount) => sentence.split("{amount}").join(amount);

const written = (amount, currency) => affixes(currency).join(figures(amount, currency, true));
