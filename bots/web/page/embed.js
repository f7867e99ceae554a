// @ts-check
/**
 * A bubble for other sites: `<script src="https://shop.example/embed.js" async></script>`. It opens the chat in a frame
 * of the shop's own origin, so neither page can look into the other; all that crosses is that there is a new message,
 * and that the reader closed the chat.
 */
;(() => {
  const script = document.currentScript
  if (!(script instanceof HTMLScriptElement)) return
  const shop = new URL('./', script.src)
  // Where the buyers of this site are counted: `data-src="blog"`.
  const source = script.dataset.src ? `&src=${encodeURIComponent(script.dataset.src)}` : ''
  const isChinese = /^zh\b/i.test(navigator.language)
  const label = isChinese ? '打开聊天' : 'Open the chat'
  const closing = isChinese ? '关闭聊天' : 'Close the chat'

  /** @param {HTMLElement} element @param {Record<string, string>} rules */
  const style = (element, rules) => {
    // Property by property: a site's policy may forbid style attributes, not this.
    element.style.setProperty('all', 'initial')
    for (const [name, value] of Object.entries(rules)) element.style.setProperty(name, value)
  }

  const frame = document.createElement('iframe')
  frame.title = isChinese ? '聊天' : 'Chat'
  frame.allow = 'clipboard-write'
  const bubble = document.createElement('button')
  bubble.type = 'button'
  const badge = document.createElement('span')
  const image = document.createElement('img')
  image.src = new URL('icon.svg', shop).href
  image.alt = ''
  bubble.append(image, badge)

  let isOpen = false
  let unread = 0
  const show = () => {
    const narrow = matchMedia('(max-width: 520px)').matches
    const place = narrow
      ? { inset: '0', width: '100%', height: '100%' }
      : {
          right: '24px',
          bottom: '100px',
          width: '400px',
          height: 'min(680px, calc(100vh - 124px))',
          'border-radius': '20px',
          'box-shadow': '0 18px 60px rgb(0 0 0 / .28)',
        }
    const over = { position: 'fixed', 'z-index': '2147483000' }
    style(frame, { ...over, ...place, display: isOpen ? 'block' : 'none', border: '0', background: '#fff' })
    style(bubble, {
      ...over,
      right: '24px',
      bottom: '24px',
      width: '60px',
      height: '60px',
      display: isOpen && narrow ? 'none' : 'block',
      cursor: 'pointer',
      'border-radius': '18px',
      'box-shadow': '0 8px 28px rgb(0 0 0 / .25)',
    })
    style(image, { display: 'block', width: '60px', height: '60px', 'border-radius': '18px' })
    style(badge, {
      position: 'absolute',
      top: '-6px',
      right: '-6px',
      display: unread > 0 ? 'block' : 'none',
      'min-width': '22px',
      'box-sizing': 'border-box',
      padding: '3px 6px',
      'border-radius': '11px',
      background: '#d3382f',
      color: '#fff',
      font: '600 12px/16px system-ui, sans-serif',
      'text-align': 'center',
    })
    badge.textContent = String(Math.min(unread, 99))
    bubble.ariaLabel = isOpen ? closing : label
    bubble.ariaExpanded = String(isOpen)
  }
  /** @param {boolean} open */
  const toggle = (open) => {
    isOpen = open
    if (open) unread = 0
    // Nothing is loaded until somebody wants to talk.
    if (open && !frame.src) frame.src = new URL(`./?bubble${source}`, shop).href
    show()
    if (open) frame.focus()
    else bubble.focus()
  }
  bubble.onclick = () => toggle(!isOpen)
  addEventListener('resize', show)
  addEventListener('keydown', (event) => isOpen && event.key === 'Escape' && toggle(false))
  addEventListener('message', ({ source, origin, data }) => {
    if (source !== frame.contentWindow || origin !== shop.origin) return
    if (data?.keytill === 'close') toggle(false)
    if (data?.keytill === 'message' && !isOpen) {
      unread++
      show()
    }
  })
  const put = () => {
    show()
    document.body.append(frame, bubble)
  }
  if (document.body) put()
  else addEventListener('DOMContentLoaded', put)
})()
