// The shortcodes an app is likely to send; any other stays as typed.
export const EMOJI = Object.fromEntries(
  `+1 👍 -1 👎 art 🎨 frame_with_picture 🖼️ camera 📷 sparkles ✨ star ⭐ fire 🔥 tada 🎉 rocket 🚀 wave 👋 eyes 👀
  white_check_mark ✅ heavy_check_mark ✔️ x ❌ no_entry ⛔ no_entry_sign 🚫 warning ⚠️ rotating_light 🚨 bulb 💡 lock 🔒
  hourglass ⌛ hourglass_flowing_sand ⏳ stopwatch ⏱️ clock1 🕐 calendar 📅 date 📅 bell 🔔 mega 📣 moneybag 💰 coin 🪙
  credit_card 💳 receipt 🧾 chart_with_upwards_trend 📈 bar_chart 📊 pencil 📝 pencil2 ✏️ mag 🔍 gear ⚙️ wrench 🔧 link 🔗
  arrow_right ➡️ arrow_up ⬆️ arrow_down ⬇️ arrows_counterclockwise 🔄 repeat 🔁 wastebasket 🗑️ package 📦 inbox_tray 📥
  outbox_tray 📤 thumbsup 👍 thumbsdown 👎 smile 😄 slightly_smiling_face 🙂 heart ❤️ fox_face 🦊 snowflake ❄️ information_source ℹ️
  question ❓ exclamation ❗ large_green_circle 🟢 large_yellow_circle 🟡 red_circle 🔴 white_circle ⚪ black_circle ⚫ robot_face 🤖`
    .trim()
    .split(/\s+/)
    .reduce((pairs, word, index, words) => (index % 2 ? pairs : [...pairs, [word, words[index + 1]]]), []),
);
