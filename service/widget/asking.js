// The one request: what it says, and how long it may take.

const PATIENCE = 25000;

// A UUID of version 4; crypto.randomUUID is missing on pages served without TLS.
const uuid = () =>
  "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) =>
    (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)))).toString(16));

const cut = (text, longest = 100) => (text || "").replace(/[\x00-\x1f\x7f]/g, "").trim().slice(0, longest);

const filled = (fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value));

const post = async (wish) => {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  try {
    const answer = await fetch(base + "api/checkouts", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(wish),
      credentials: "omit",
      signal: patience.signal,
    });
    return [answer.status, (await answer.json()) || {}];
  } catch {
    return [0, {}];
  } finally {
    clearTimeout(timer);
  }
};
