// Blocks as Slack shows them. What is used in them is told to `act`: {do, name, value}.
import { el, lines, markdown, rich, words } from "./text.js";

// blocks builds the blocks. Every control has a data-id, by which the focus is found again after
// the blocks were built anew.
export function blocks(list, { id, state, errors, act, form }) {
  return (list ?? []).map((b) => block(b, { id, state: state ?? {}, errors: errors ?? {}, act, form }));
}

function block(b, at) {
  switch (b.type) {
    case "divider": return el("hr", {});
    case "header": return el("h3", {}, b.text.text);
    case "section":
      return el("div", { class: "section" },
        el("div", { class: "words" },
          b.text && el("div", {}, words(b.text)),
          b.fields && el("div", { class: "fields" }, b.fields.map((f) => el("div", {}, words(f))))),
        b.accessory && el("div", { class: "accessory" }, element(b, b.accessory, at)));
    case "context":
      return el("div", { class: "context" }, b.elements.map((e) => (e.type === "image" ? picture(e) : el("span", {}, words(e)))));
    case "actions":
    case "context_actions":
      return el("div", { class: "actions" }, b.elements.map((e) => element(b, e, at)));
    case "input": return field(b, at);
    case "image": return el("figure", {}, b.title && el("figcaption", {}, b.title.text), picture(b));
    case "markdown": return el("div", { class: "markdown" }, markdown(b.text));
    case "rich_text": return el("div", { class: "rich" }, rich(b));
  }
  return el("div", { class: "unknown" }, b.type);
}

// Pictures from elsewhere are not loaded: the page's policy keeps to its own.
const picture = (e) => el("span", { class: "picture" }, "🖼 " + e.alt_text);

function confirmed(e, then) {
  const c = e.confirm;
  if (!c || window.confirm([c.title.text, c.text.text].join("\n\n"))) then();
}

function field(b, at) {
  const e = b.element;
  const name = at.id + "/" + b.block_id;
  const wrong = at.errors[b.block_id];
  const described = [b.hint && name + "/hint", wrong && name + "/wrong"].filter(Boolean).join(" ") || undefined;
  const label = [b.label.text, b.optional && el("span", { class: "optional" }, " (optional)")];
  const group = ["radio_buttons", "checkboxes"].includes(e.type);
  const control = element(b, e, { ...at, input: true, labelled: name, described, wrong: !!wrong, required: !b.optional });
  return el(group ? "fieldset" : "div", { class: "field" },
    group ? el("legend", {}, label) : el("label", { for: name }, label),
    control,
    b.hint && el("p", { class: "hint", id: name + "/hint" }, b.hint.text),
    wrong && el("p", { class: "error", id: name + "/wrong" }, wrong));
}

function element(b, e, at) {
  const name = b.block_id + "/" + e.action_id;
  const id = at.id + "/" + name;
  const value = at.state[b.block_id]?.[e.action_id] ?? {};
  const pick = (v) => at.act({ do: "pick", name, value: v });
  const common = { "data-id": id, id: at.labelled, "aria-describedby": at.described, "aria-invalid": at.wrong ? "true" : undefined };
  const bare = !at.input && (e.placeholder?.text ?? b.text?.text ?? e.action_id);
  switch (e.type) {
    case "button":
    case "icon_button":
      return el("button", { type: "button", class: e.style, "data-id": id, "aria-label": e.accessibility_label, onclick: () => confirmed(e, () => {
        if (e.url) window.open(e.url, "_blank", "noopener");
        at.act({ do: "press", name });
      }) }, e.text.text);
    case "feedback_buttons":
      return el("span", {}, [e.positive_button, e.negative_button].map((f, i) =>
        el("button", { type: "button", "data-id": id + i, onclick: () => at.act({ do: "pick", name, value: f.value }) }, f.text.text)));
    case "overflow":
      return el("details", { class: "overflow" }, el("summary", { "aria-label": "More", "data-id": id }, "⋯"),
        e.options.map((o, i) => el("button", { type: "button", "data-id": id + i, onclick: () => confirmed(e, () => pick(o.value)) }, o.text.text)));
    case "radio_buttons":
    case "checkboxes": {
      const radio = e.type === "radio_buttons";
      const picked = radio ? [value.selected_option?.value] : (value.selected_options ?? []).map((o) => o.value);
      return el("div", { class: "options", role: at.input ? undefined : "group", "aria-label": bare || undefined }, e.options.map((o, i) =>
        el("label", {}, el("input", { type: radio ? "radio" : "checkbox", name: id, value: o.value, checked: picked.includes(o.value), "data-id": id + "/" + i,
          onchange: () => confirmed(e, () => pick(o.value)) }), el("span", {}, words(o.text), o.description && el("small", {}, words(o.description))))));
    }
    case "static_select": {
      const option = (o) => el("option", { value: o.value, selected: value.selected_option?.value === o.value }, o.text.text);
      return el("select", { ...common, "aria-label": bare || undefined, required: at.required, onchange: (ev) => ev.target.value && confirmed(e, () => pick(ev.target.value)) },
        el("option", { value: "" }, e.placeholder?.text ?? "Choose…"),
        e.options?.map(option), e.option_groups?.map((g) => el("optgroup", { label: g.label.text }, g.options.map(option))));
    }
    case "multi_static_select": {
      const picked = (value.selected_options ?? []).map((o) => o.value);
      return el("div", { class: "options" }, (e.options ?? e.option_groups.flatMap((g) => g.options)).map((o, i) =>
        el("label", {}, el("input", { type: "checkbox", checked: picked.includes(o.value), "data-id": id + "/" + i, onchange: () => pick(o.value) }), el("span", {}, o.text.text))));
    }
    case "users_select":
    case "channels_select":
    case "conversations_select":
    case "datepicker":
    case "timepicker": {
      const type = { datepicker: "date", timepicker: "time" }[e.type] ?? "text";
      const now = value.selected_user ?? value.selected_channel ?? value.selected_conversation ?? value.selected_date ?? value.selected_time ?? "";
      return el("input", { ...common, type, value: now, placeholder: e.placeholder?.text, "aria-label": bare || undefined, onchange: (ev) => ev.target.value && pick(ev.target.value) });
    }
    case "plain_text_input":
    case "email_text_input":
    case "url_text_input":
    case "number_input": {
      const type = { email_text_input: "email", url_text_input: "url" }[e.type] ?? "text";
      const text = value.value ?? "";
      const attributes = { ...common, class: "input", placeholder: e.placeholder?.text, required: at.required, maxlength: e.max_length ?? 3000, "data-field": name,
        autofocus: e.focus_on_load, inputmode: e.type === "number_input" ? "decimal" : undefined };
      return e.multiline ? el("textarea", { ...attributes, rows: 4 }, text) : el("input", { ...attributes, type, value: text });
    }
    case "image": return picture(e);
  }
  return el("em", { class: "unknown" }, lines(e.type));
}
