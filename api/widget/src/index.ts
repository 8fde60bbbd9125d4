// The module that a page loads: defines <huawen-chat>, and adds one where the tag asks for it.

import { HuawenChat } from "./element.js";

const TAG = "huawen-chat";

// A page may load the script twice: the first one stands.
if (!customElements.get(TAG)) customElements.define(TAG, HuawenChat);

// <script type="module" src="…/widget.js" data-auto data-key="hw_pk_…"></script>
const own = [...document.querySelectorAll<HTMLScriptElement>("script[data-auto]")].find(
  (script) => script.src === import.meta.url && !document.querySelector(TAG),
);
if (own) {
  const element = document.createElement(TAG);
  if (own.dataset["key"]) element.setAttribute("public-key", own.dataset["key"]);
  if (own.lang) element.setAttribute("lang", own.lang);
  document.body.append(element);
}

export { HuawenChat };
