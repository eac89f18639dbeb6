"""What an eye and a finger need, measured in the page: contrast, size, nothing cut off, no jumps."""

# Every element, those in shadow trees too; what only a screen reader gets is left out.
NODES = """
const nodes = (root) => [...root.querySelectorAll('*')].flatMap((node) =>
  [node, ...(node.shadowRoot ? nodes(node.shadowRoot) : [])]);
const seen = () => nodes(document.body).filter((node) =>
  node.checkVisibility() && !node.closest('.skip, .unseen, noscript'));
"""

# Texts whose colour stands out from the ground behind them by less than the ratio.
FAINT = f"""
(least) => {{
  {NODES}
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', {{willReadFrequently: true}});
  const rgba = (colour) => {{
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  }};
  const light = ([r, g, b]) => {{
    const linear = [r, g, b].map((c) => (c /= 255) <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
    return .2126 * linear[0] + .7152 * linear[1] + .0722 * linear[2];
  }};
  const above = (node) => node.parentElement || node.getRootNode().host;
  const ground = (node) => {{
    for (let each = node; each; each = above(each)) {{
      const colour = rgba(getComputedStyle(each).backgroundColor);
      if (colour[3] == 255) return colour;
    }}
    return rgba(matchMedia('(prefers-color-scheme: dark)').matches ? '#121212' : '#fff');
  }};
  const texts = seen().filter((node) => node.localName != 'option' &&
    [...node.childNodes].some(({{nodeType, data}}) => nodeType == 3 && data.trim()));
  return texts.flatMap((node) => {{
    const lights = [light(rgba(getComputedStyle(node).color)), light(ground(node))].sort((a, b) => b - a);
    const ratio = (lights[0] + .05) / (lights[1] + .05);
    return ratio < least ? [`${{node.textContent.trim().slice(0, 30)}}: ${{ratio.toFixed(2)}}`] : [];
  }});
}}
"""

# What runs out of the window or out of its own box.
CUT = f"""
() => {{
  {NODES}
  const scrolled = (node) => ['auto', 'scroll'].includes(getComputedStyle(node).overflowX);
  const wide = seen().filter((node) => {{
    const {{left, right}} = node.getBoundingClientRect();
    return (left < -1 || right > innerWidth + 1) && !scrolled(node.parentElement || node);
  }});
  const spilt = seen().filter((node) =>
    node.matches('label > span, button, .box, .promise') && node.scrollWidth > node.clientWidth + 1);
  const page = document.scrollingElement.scrollWidth > innerWidth ? ['the page'] : [];
  const named = (node) => `${{node.localName}}: ${{node.textContent.trim().slice(0, 30)}}`;
  return [...page, ...[...wide, ...spilt].map(named)];
}}
"""

# Controls smaller than so many CSS pixels; a link in a sentence may be as high as its line.
SMALL = f"""
(least) => {{
  {NODES}
  return seen()
    .filter((node) => node.matches('button, input:not([type=hidden]), select, a.main'))
    .map((node) => [node, node.getBoundingClientRect()])
    .filter(([, {{width, height}}]) => width < least || height < least)
    .map(([node, {{width, height}}]) => `${{node.localName}} ${{node.name}}: ${{width}} x ${{height}}`);
}}
"""

# Collects what moves without the reader having done anything.
SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts.push(entry.value);
}).observe({type: 'layout-shift', buffered: true});
"""
