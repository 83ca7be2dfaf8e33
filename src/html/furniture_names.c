/* What makers of pages call their furniture, and what they call what is none. A word that ends with
 * '*' may go on. Words are those of the common content management systems and their plugins. */
#include "html/furniture-internal.h"

const FurnitureNames furniture_names[] = {
    /* Comments and what is said about them: there may be more of them than of the article. */
    { "comment, comments, comments*, commentlist, comment list, comment form*, commentform, "
      "comment respond, respond, disqus*, kommentare, kommentar form*, kommentarbereich, "
      "kommentarliste, kommentarformular, leserkommentare, leserbriefe, discussion, "
      "diskussion, forum link, coral*, livefyre*, hyvor*, isso thread, remark42, utterances, "
      "guestbook*, guest book*, gaestebuch*, viafoura*, openweb*, spot im*, netiquette, replies, "
      "webmentions, pingbacks, trackbacks",
      95, 0 },
    /* Similar news. */
    { "related*, relatedposts, yarpp*, crp related, crp*, recommend*, recirc*, similar*, "
      "more stories, more news, more articles, more posts, more from*, more on*, more like*, "
      "morelike*, read more, readmore, read also, also read, see also, seealso, you may*, "
      "you might*, up next, next up, next article, next story, nextpost, trending*, "
      "most read, mostread, most popular, popular*, most viewed, must read, outbrain*, "
      "ob widget*, taboola*, trc *, zergnet, revcontent*, mgid*, plista*, ligatus*, "
      "engageya*, strossle*, teaser list, teaserlist, teaser grid, teaser group, teaser box, "
      "teaserbox, teaser block, teaser container, teaser row, teaser item, "
      "article teaser list, inline teaser, link teaser, text teaser, card list, card grid, "
      "storylist, story list, article list, articlelist, post list, post grid, news list, "
      "headline list, latest*, recent*, weitere*, mehr zum*, mehr artikel, auch interessant, "
      "aehnliche*, verwandte*, zum thema, themenbox, linkbox, link box, linklist, link list, "
      "links box, further reading, onward*, promo*, rel content, contextual link*, "
      "inline link, internal link*, internallink*, story promo, rp4wp*, jp relatedposts, "
      "sharedaddy related, nrelate*, "
      "linkwithin*, upprev*, elementor widget posts, elementor post, elementor posts*, wp block "
      "latest posts, wp block query, post navigation, "
      "mashsb related, tptn*, wpp *, wpp list, collection*, feed list",
      40, 0 },
    /* Newsletters, subscriptions, donations. */
    { "newsletter*, nl *, nl signup, subscri*, signup*, sign up*, mc4wp*, mailpoet*, "
      "mailchimp*, mc embed*, optin*, opt in*, abo, abo *, abobox, abonnement*, abonnieren, "
      "paywall*, regwall*, pay wall*, piano*, tp modal*, premium teaser, plus teaser, "
      "lead gen*, leadgen*, upsell*, product upsell*, cta, cta *, cta box, call to action, "
      "membership*, member promo, "
      "donat*, spende*, support us, supportus, flattr*, steady*, patreon*, paypal*, kofi*, "
      "ko fi*, convertkit*, formkit*, hs form*, hubspot*, klaviyo*, sendinblue*, "
      "cleverreach*, rapidmail*, push notification*, notification*, app promo*, app banner, "
      "app download*, download app, gh subscribe*, kg signup*, kg cta*, email form*, "
      "inline form*, tipjar, vgwort*",
      35, 0 },
    /* Advertising: books, shops, jobs. */
    { "ad, ads, adv, advert*, ad slot*, adslot*, ad container, adsbygoogle, adbox, ad box, "
      "ad unit, ad wrapper, adwrapper, advads*, ai viewport*, code block, gpt ad*, dfp*, "
      "banner*, anzeige*, werbung*, werbe*, reklame, sponsor*, affiliate*, partner box, "
      "partnerlink*, advertorial*, aawp*, amazon*, amzn*, buch tipp*, buchtipp*, buch box, "
      "buch teaser*, buchteaser*, buchwerbung, buchanzeige, "
      "buchbox, book box*, book teaser, book ad*, book promo*, buchempfehlung, lesetipp*, "
      "literaturtipp*, product box*, productbox*, product card*, product teaser, produkt*, "
      "shop teaser, shop box, shopbox, shop*, woocommerce*, preisvergleich, price comparison, "
      "price box, scorecard*, score card*, deal box, deals, commerce*, buy *, buy button, jobs, "
      "jobs *, job list*, "
      "joblist*, job box, jobbox, job teaser, job ads, job offers, job widget*, stellen*, "
      "stellenmarkt, stellenanzeigen, karriere*, career*, jobware*, stepstone*, "
      "empfehlungsbund*, gutschein*, coupon*",
      35, 0 },
    /* Sharing and following. */
    { "share, shares, share *, sharing*, sharedaddy, sharebar*, sharebox*, shareaholic*, "
      "addtoany*, a2a*, addthis*, at share*, shariff*, social, social *, socials, "
      "socialmedia*, social media*, sozial*, teilen*, follow*, like button, fb like, fblike*, "
      "ssba*, heateor*, sumo*, jp sharing, sd sharing*, sd block, jetpack likes*, "
      "post likes*, likes, tweet this, click to tweet, clicktotweet, ctt *, bctt*, essb*, "
      "mashsb*, novashare*, swp social*, swp *, ssb *, dpsp*, et social*, tve share*, "
      "icon bar, article tools, article actions, article toolbar, toolbar*, tools, werkzeuge, "
      "post actions, action bar, reactions*, rating*, bewertung*, votes, clap*, bookmark*, "
      "merkliste, gift article, print*, drucken*, pdf*, flipboard*, whatsapp*, copy link, "
      "copylink, permalink box",
      25, 1200 },
    /* Who wrote it and when; what it is filed under. */
    { "author, authors, author *, authorbox*, author bio*, about author, about the author, "
      "post author*, written by, byline*, bio, biography, bio *, contributor*, autor, "
      "autoren*, autor *, autorin, verfasser*, redakteur*, saboxplugin*, sab *, m a box*, "
      "molongui*, pp multiple authors*, abh *, post meta*, entry meta*, article meta*, meta, "
      "meta *, metadata*, metabar, meta data, postmeta*, entry footer*, post footer*, "
      "article footer*, post info*, article info*, posted on, posted by, post date*, "
      "entry date*, article date*, pubdate, publish date, publication date, published*, date, "
      "datum, datetime, timestamp*, time stamp, updated, date published, date modified, "
      "datepublished, datemodified, reading time*, read time*, readingtime, lesezeit*, "
      "lesedauer, word count, views, post views*, view count, pageviews, dachzeile, kicker, "
      "overline, eyebrow, rubrik, ressort, section label, article label, source line, "
      "quellenangabe, article source, credits, correction*",
      20, 1500 },
    /* Navigation. */
    { "breadcrumb*, bread crumb*, nav, nav *, navi, navi *, navigation*, navbar*, subnav*, "
      "mainnav*, topnav*, menu, menu *, menus, submenu*, megamenu*, pagination*, pager*, "
      "paging*, page links, page numbers, pagenavi*, post nav*, postnav*, nav links, "
      "prev next, prevnext*, previous next, tags, tag list, taglist*, tag cloud, tagcloud, "
      "tag links, post tags, entry tags, article tags, tags links, tag item*, tag box, cat links, "
      "categories, category list, category links, post categories, schlagw*, stichw*, "
      "keywords, topics, topic list, topic tags, themen, themenliste, toc, toc *, "
      "table of contents, tableofcontents, lwptoc*, ez toc*, eztoc*, rank math toc*, rtoc*, "
      "simpletoc*, wp block table of contents, inhaltsverzeichnis, jump links, jumplinks, "
      "jumplist, anchor links, back to top, backtotop, scroll top, totop, to top, skip link*, "
      "skiplink*, sidebar*, side bar, rail, right rail, rechts, rechte spalte, right col, "
      "rightcol, right column, "
      "rightcolumn, col right, column right, grid right, left rail, marginalspalte, "
      "randspalte, widget, widgets, widget *, textwidget, footer, footer *, site footer, "
      "page footer, pagefooter, colophon, masthead, site header, page header, siteheader, "
      "global header, topbar*, top bar, search, search *, searchform*, suche, suchfeld, "
      "login*, log in, signin*, sign in*, key events, anmeld*, register*, registrierung, user "
      "menu, utility*, "
      "language switch*, lang switch*, archives, archiv, blogroll, sitemap*, offcanvas*, "
      "off canvas, drawer*, flyout*, burger*, hamburger*, mw editsection, navbox*, catlinks, "
      "mw jump*, hatnote, sistersitebox, metadata, printfooter, edit link, reflist",
      30, 0 },
    /* Legal matters and consent. */
    { "cookie*, consent*, gdpr*, dsgvo*, cmp, cmp *, cmplz*, borlabs*, usercentrics*, "
      "onetrust*, didomi*, sp message*, qc cmp*, iubenda*, copyright*, disclaimer*, "
      "disclosure*, imprint, impressum, privacy*, datenschutz*, legal, legal *, lizenz*, "
      "embed privacy*, embed consent*, external content*, externalcontent*, externer inhalt*, "
      "two click*, twoclick*, 2click*, placeholder*, modal*, popup*, pop up*, overlay*, "
      "lightbox*, toast*, alert, alerts, noscript*, no js, browser warning, adblock*",
      30, 0 },
    /* Players, polls, tickers, galleries. */
    { "player*, video player*, videoplayer*, video js, video container, video wrapper, "
      "video teaser*, video embed*, video caption*, audio*, podcast*, podlove*, poll, polls, "
      "poll *, umfrage*, quiz*, weather*, wetter*, newsticker*, ticker bar, ticker box, stock*, "
      "börse*, "
      "kurse, tts*, text to speech, readspeaker*, vorlese*, listen *, speechkit*, "
      "beyondwords*, trinity*, gallery*, galerie*, bildergalerie*, slideshow*, slider*, "
      "carousel*, swiper*, slick *, image counter, twitter tweet, instagram media, "
      "tiktok embed, fb post, embed*, wp block embed, iframe*, map, maps, karte, map *",
      20, 2500 },
};

const size_t furniture_names_count = G_N_ELEMENTS(furniture_names);

const char caption_names[] =
    "caption, caption *, captions, wp caption text, image caption*, img caption*, "
    "photo caption*, picture caption*, media caption*, imagecaption, figcaption*, "
    "figure caption*, bildunterschrift*, bildtext*, bildzeile, bild text, absatzbild*, bu, image "
    "credit*, "
    "img credit*, photo credit*, photocredit*, picture credit*, credit, image source, "
    "imagesource, image copyright, image meta, bildquelle*, bildnachweis*, fotocredit*, "
    "foto credit, fotograf*, copyright, image description, image info, thumbcaption, "
    "news img caption, gallery caption*, image subtitle";

const char content_names[] =
    "elementor widget container, entry content, post content, article content, article body*, "
    "articlebody, story body*, "
    "post body, text editor, theme post content, rich text*, richtext*, bodytext, body text, "
    "ce bodytext, field name body, field body, content body, main content, page content, "
    "blog content, prose";

const char lead_names[] =
    "lead, lead *, lead text, leadtext, lede, intro, intro *, introtext, introduction, "
    "vorspann*, standfirst*, einleitung*, anleser, teasertext, teaser text, article intro, "
    "article lead, article teaser, news teaser, abstract, anrisstext, dek, deck, summary, key "
    "points, "
    "keypoints, sub title, subtitle, subline";
