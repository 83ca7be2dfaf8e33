// What can be measured of a mail as its reader sees it: a list of complaints, empty when all is well.
(() => {
  const TEXT_SIZE_MIN = 13, CONTRAST_MIN = 4.5, LINK_HEIGHT_MIN = 24;
  const complaints = [];
  const width = document.documentElement.clientWidth;

  const colour = text => (text.match(/[\d.]+/g) || []).map(Number);
  const linear = part => part <= 0.04045 * 255 ? part / 255 / 12.92
                                               : ((part / 255 + 0.055) / 1.055) ** 2.4;
  const luminance = c => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
  const contrast = (a, b) => (Math.max(luminance(a), luminance(b)) + 0.05) /
                             (Math.min(luminance(a), luminance(b)) + 0.05);
  const ground = element => {
    for (; element; element = element.parentElement) {
      const c = colour(getComputedStyle(element).backgroundColor);
      if (c.length === 3 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const isShown = element => element.getClientRects().length > 0;
  const short = text => text.trim().replace(/\s+/g, ' ').slice(0, 50);

  if (document.documentElement.scrollWidth > width)
    complaints.push(`it scrolls sideways: ${document.documentElement.scrollWidth} > ${width}`);

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const element = node.parentElement;
    if (!node.data.trim() || !isShown(element)) continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    if (node.data.replace(/[\s\u034f\u200c\u00a0]/g, '') === '') continue;
    if (size < TEXT_SIZE_MIN) complaints.push(`${size} px is small: ${short(node.data)}`);
    const value = contrast(colour(style.color), ground(element));
    if (value < CONTRAST_MIN)
      complaints.push(`contrast ${value.toFixed(1)}: ${short(node.data)} (${style.color})`);
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects())
      if (box.right > width + 0.5 || box.left < -0.5)
        complaints.push(`cut at the side: ${short(node.data)}`);
  }

  for (const link of document.querySelectorAll('a')) {
    if (!isShown(link)) continue;
    const style = getComputedStyle(link);
    const height = style.display === 'inline' ? parseFloat(style.lineHeight)
                                              : link.getBoundingClientRect().height;
    if (height < LINK_HEIGHT_MIN) complaints.push(`a link ${height} px high: ${short(link.textContent)}`);
    if (!link.textContent.trim() && !link.querySelector('img[alt]:not([alt=""])'))
      complaints.push(`a link without words: ${link.href}`);
  }

  for (const picture of document.images) {
    const box = picture.getBoundingClientRect();
    if (!picture.hasAttribute('alt')) complaints.push(`a picture without alt: ${picture.src}`);
    if (!picture.hasAttribute('width')) complaints.push(`a picture without width: ${picture.src}`);
    if (box.right > width + 0.5) complaints.push(`a picture is cut: ${picture.src}`);
    if (picture.naturalWidth && Math.abs(box.width / box.height -
        picture.naturalWidth / picture.naturalHeight) > 0.05)
      complaints.push(`a picture is squeezed: ${picture.src}`);
  }

  for (const element of document.body.querySelectorAll('*')) {
    const style = getComputedStyle(element);
    if (isShown(element) && style.overflow !== 'visible' && element.tagName !== 'IMG' &&
        (element.scrollWidth > element.clientWidth || element.scrollHeight > element.clientHeight))
      complaints.push(`<${element.tagName.toLowerCase()}> cuts what is in it`);
  }
  return complaints;
})()
