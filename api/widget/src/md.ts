// The Markdown that an answer may hold, as a tree. Nothing here makes HTML: the tree is rendered
// as templates, so that text from an article can never become markup.
//
// Made for Chinese finance text: `**“白酒”**板块` is bold although no space stands around it, and
// single `*` and `~` are literal, because `*ST康美` is a ticker and `3~5%` a range.

/** A piece of a line; `at` is its place in the source, in UTF-16 units. */
export type Inline =
  | { kind: "text"; text: string; at: number }
  | { kind: "code"; text: string; at: number }
  | { kind: "bold"; children: Inline[] }
  | { kind: "link"; href: string; children: Inline[] }
  | { kind: "cite"; numbers: number[]; at: number };

export type Block =
  | { kind: "paragraph"; lines: Inline[][] }
  | { kind: "heading"; level: number; line: Inline[] }
  | { kind: "list"; items: Item[] }
  | { kind: "quote"; lines: Inline[][] }
  | { kind: "code"; text: string }
  | { kind: "table"; head: Inline[][]; rows: Inline[][][] };

/** `start` is the number of the item, nothing in an unordered list. */
export interface Item {
  line: Inline[];
  nested: Item[];
  start: number | null;
}

interface Line {
  text: string;
  at: number;
}

const INLINE =
  /\*\*(?=\S)([\s\S]*?\S)\*\*|`([^`\n]+)`|\[([^\]\n]{1,200})\]\((https?:\/\/[^\s()]+)\)|[[【［](\d{1,2}(?:\s*[,，、]\s*\d{1,2})*)[\]】］]/g;
const ITEM = /^( {0,6})(?:[-*+•]|(\d{1,3})[.)、])\s+(.*)$/;
const HEADING = /^(#{1,4})\s+(.*)$/;
const FENCE = /^```/;
const QUOTE = /^>\s?(.*)$/;
const RULE_ROW = /^\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*$/;
const MOST_DEPTH = 4;

/** Blocks of a text; what has no meaning here is literal. Never fails. */
export function parseMarkdown(text: string): Block[] {
  const lines = split(text);
  const blocks: Block[] = [];
  let i = 0;
  while (i < lines.length) {
    const line = lines[i] as Line;
    if (!line.text.trim()) {
      i += 1;
      continue;
    }
    const [block, next] = readBlock(lines, i);
    blocks.push(block);
    i = Math.max(next, i + 1);
  }
  return blocks;
}

/** Pieces of one line. */
export function parseInline(text: string, at = 0, depth = 0): Inline[] {
  const found: Inline[] = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const start = match.index;
    if (start > end) found.push({ kind: "text", text: text.slice(end, start), at: at + end });
    end = start + match[0].length;
    const [, bold, code, label, href, numbers] = match;
    if (bold !== undefined) {
      const children: Inline[] =
        depth < MOST_DEPTH
          ? parseInline(bold, at + start + 2, depth + 1)
          : [{ kind: "text", text: bold, at: at + start + 2 }];
      found.push({ kind: "bold", children });
    } else if (code !== undefined) {
      found.push({ kind: "code", text: code, at: at + start + 1 });
    } else if (label !== undefined && href !== undefined) {
      found.push({ kind: "link", href, children: [{ kind: "text", text: label, at: at + start + 1 }] });
    } else if (numbers !== undefined) {
      const read = numbers.split(/\D+/).map(Number);
      const last = found.at(-1);
      if (last?.kind === "cite") last.numbers.push(...read);
      else found.push({ kind: "cite", numbers: read, at: at + start });
    }
  }
  if (end < text.length) found.push({ kind: "text", text: text.slice(end), at: at + end });
  return found;
}

/** What a reader sees, without syntax: for copying, and for tests. */
export function plainText(blocks: Block[]): string {
  return blocks.map(blockText).join("\n");
}

function split(text: string): Line[] {
  let at = 0;
  return text.split("\n").map((raw) => {
    const line = { text: raw.replace(/\r$/, ""), at };
    at += raw.length + 1;
    return line;
  });
}

function readBlock(lines: Line[], i: number): [Block, number] {
  const line = lines[i] as Line;
  if (FENCE.test(line.text)) return readCode(lines, i);
  const heading = HEADING.exec(line.text);
  if (heading) {
    const rest = heading[2] as string;
    const at = line.at + line.text.length - rest.length;
    return [{ kind: "heading", level: (heading[1] as string).length, line: parseInline(rest, at) }, i + 1];
  }
  if (QUOTE.test(line.text)) return readQuote(lines, i);
  if (ITEM.test(line.text)) return readList(lines, i);
  if (isTable(lines, i)) return readTable(lines, i);
  return readParagraph(lines, i);
}

function readCode(lines: Line[], i: number): [Block, number] {
  let end = i + 1;
  while (end < lines.length && !FENCE.test((lines[end] as Line).text)) end += 1;
  const text = lines.slice(i + 1, end).map((line) => line.text);
  return [{ kind: "code", text: text.join("\n") }, end + 1];
}

function readQuote(lines: Line[], i: number): [Block, number] {
  const read: Inline[][] = [];
  for (; i < lines.length; i += 1) {
    const line = lines[i] as Line;
    const match = QUOTE.exec(line.text);
    if (!match) break;
    const rest = match[1] as string;
    read.push(parseInline(rest, line.at + line.text.length - rest.length));
  }
  return [{ kind: "quote", lines: read }, i];
}

function readList(lines: Line[], i: number): [Block, number] {
  const first = ITEM.exec((lines[i] as Line).text) as RegExpExecArray;
  const items: Item[] = [];
  const indent = (first[1] as string).length;
  const ordered = first[2] !== undefined;
  for (; i < lines.length; i += 1) {
    const line = lines[i] as Line;
    const match = ITEM.exec(line.text);
    if (!match) break;
    const last = items.at(-1);
    const deeper = (match[1] as string).length > indent + 1;
    if (!deeper && (match[2] !== undefined) !== ordered) break;
    const rest = match[3] as string;
    const start = match[2] === undefined ? null : Number(match[2]);
    const item = { line: parseInline(rest, line.at + line.text.length - rest.length), nested: [], start };
    (deeper && last ? last.nested : items).push(item);
  }
  return [{ kind: "list", items }, i];
}

function isTable(lines: Line[], i: number): boolean {
  const head = lines[i] as Line;
  const rule = lines[i + 1];
  return head.text.includes("|") && rule !== undefined && RULE_ROW.test(rule.text);
}

function readTable(lines: Line[], i: number): [Block, number] {
  const head = cells(lines[i] as Line);
  const rows: Inline[][][] = [];
  for (i += 2; i < lines.length; i += 1) {
    const line = lines[i] as Line;
    if (!line.text.includes("|")) break;
    rows.push(cells(line).slice(0, head.length));
  }
  return [{ kind: "table", head, rows }, i];
}

function cells(line: Line): Inline[][] {
  const inner = line.text.trim().replace(/^\|/, "").replace(/\|$/, "");
  let at = line.at + line.text.indexOf(inner);
  return inner.split("|").map((raw) => {
    const text = raw.trim();
    const read = parseInline(text, at + raw.indexOf(text));
    at += raw.length + 1;
    return read;
  });
}

function readParagraph(lines: Line[], i: number): [Block, number] {
  const read: Inline[][] = [];
  for (let n = i; n < lines.length; n += 1) {
    const line = lines[n] as Line;
    const starts =
      n > i && (HEADING.test(line.text) || ITEM.test(line.text) || FENCE.test(line.text) || QUOTE.test(line.text));
    if (!line.text.trim() || starts) break;
    read.push(parseInline(line.text, line.at));
  }
  return [{ kind: "paragraph", lines: read }, i + read.length];
}

function blockText(block: Block): string {
  switch (block.kind) {
    case "paragraph":
    case "quote":
      return block.lines.map(lineText).join("\n");
    case "heading":
      return lineText(block.line);
    case "code":
      return block.text;
    case "list":
      return block.items.map(itemText).join("\n");
    case "table":
      return [block.head, ...block.rows].map((row) => row.map(lineText).join("\t")).join("\n");
  }
}

function itemText(item: Item): string {
  return [lineText(item.line), ...item.nested.map(itemText)].join("\n");
}

function lineText(line: Inline[]): string {
  return line
    .map((piece) => {
      if (piece.kind === "cite") return `[${piece.numbers.join("][")}]`;
      return "children" in piece ? lineText(piece.children) : piece.text;
    })
    .join("");
}
