"""What the made-up customers say, in English and Spanish. ``{k}`` is a keyword of a reason."""

from __future__ import annotations

FIRST = (
    "Ana", "Ben", "Carla", "Diego", "Elena", "Frank", "Gloria", "Hugo", "Irene", "Jack",
    "Karen", "Luis", "Marta", "Nick", "Olga", "Pablo", "Quinn", "Rosa", "Sam", "Teresa",
)  # fmt: skip
LAST = (
    "Alonso", "Baker", "Castro", "Dixon", "Espinosa", "Foster", "García", "Hughes", "Ibáñez",
    "Jones", "King", "López", "Muñoz", "Nash", "Ortega", "Price", "Quiroga", "Reed", "Sáez",
)  # fmt: skip

OPENINGS = {
    "en": ("", "Hi, ", "Hello there, ", "Good morning, ", "@VolariaHelps ", "Hey team, ", "So, "),
    "es": ("", "Hola, ", "Buenos días, ", "Buenas, ", "@VolariaHelps ", "Oiga, ", "Perdón, "),
}
WITH_REASON = {
    "en": (
        "I have a problem with my {k}",
        "can anybody help me with {k} please?",
        "this is the third time I write about {k}",
        "what do I have to do about {k}?",
        "the {k} on your page is wrong again",
        "I was told that the {k} would be solved today",
        "nobody at the airport knew anything about {k}",
    ),
    "es": (
        "tengo un problema con {k}",
        "¿me pueden ayudar con {k} por favor?",
        "es la tercera vez que escribo por {k}",
        "¿qué tengo que hacer con lo de {k}?",
        "otra vez está mal lo de {k}",
        "me dijeron que lo de {k} quedaba resuelto hoy",
        "en el aeropuerto nadie sabía nada de {k}",
    ),
}
WITHOUT_REASON = {
    "en": (
        "is anybody there?",
        "I am still waiting for your answer",
        "any news on this?",
        "the number is {n}, as I said before",
        "I sent you everything by message yesterday",
        "who can I talk to about this?",
    ),
    "es": (
        "¿hay alguien ahí?",
        "sigo esperando su respuesta",
        "¿alguna novedad con esto?",
        "el número es {n}, como ya les dije",
        "ayer les mandé todo por mensaje",
        "¿con quién puedo hablar de esto?",
    ),
}
DETAILS = {
    "en": ("", "", ". My booking is {n}", ". It is for tomorrow", ". We are two adults and a baby",
           ". I have been on hold for an hour and I really need this sorted out"),
    "es": ("", "", ". Mi reserva es {n}", ". Es para mañana", ". Somos dos adultos y un bebé",
           ". Llevo una hora al teléfono y de verdad necesito que lo solucionen"),
}  # fmt: skip
